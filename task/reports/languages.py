"""The languages on offer, as GitHub spells them."""

LANGUAGES = (
    "Assembly", "C", "C#", "C++", "Clojure", "Common Lisp", "CSS", "Dart", "Elixir", "Elm", "Emacs Lisp", "Erlang",
    "F#", "Fortran", "Go", "Groovy", "Haskell", "HCL", "HTML", "Java", "JavaScript", "Julia", "Jupyter Notebook",
    "Kotlin", "Lua", "MATLAB", "Nim", "Nix", "Objective-C", "OCaml", "Perl", "PHP", "PowerShell", "Python", "R",
    "Ruby", "Rust", "Scala", "Scheme", "Shell", "Solidity", "Swift", "TeX", "TypeScript", "Vim Script", "Vue", "Zig",
)  # fmt: skip
SPELLING = {language.casefold(): language for language in LANGUAGES}
SIGNS = {"#": "-sharp", "+": "-plus"}


def in_a_file_name(language: str) -> str:
    """C++ is "c-plus-plus", Jupyter Notebook "jupyter-notebook"."""
    return "".join(SIGNS.get(sign, sign if sign.isalnum() else "-") for sign in language.lower())
