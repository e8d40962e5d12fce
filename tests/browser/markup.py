"""Whether a page is HTML as the standard has it."""

import re
from collections import Counter
from typing import Any

import html5lib
from html5lib.constants import E

HTML = "{http://www.w3.org/1999/xhtml}"


def faults_of(text: str) -> list[str]:
    """What a strict parser says about a page, the ids that it has twice, and sentences that nobody would say."""
    parser = html5lib.HTMLParser()
    tree: Any = parser.parse(text)
    lines = text.splitlines()
    faults = []
    for (line, _), code, values in parser.errors:
        near = lines[line - 1].strip()[:120] if 0 < line <= len(lines) else ""
        faults.append(f"line {line}: {E.get(code, code) % values} near {near!r}")
    ids = Counter(node.get("id") for node in tree.iter() if node.get("id") is not None)
    faults += [f"the id {name!r} stands there {count} times" for name, count in ids.items() if count > 1]
    faults += [f"the id {name!r} has a space" for name in ids if re.search(r"\s", name)]
    pointing = {"for", "aria-labelledby", "aria-describedby", "aria-controls"}
    for node in tree.iter():
        for attribute in pointing & set(node.attrib):
            missing = [name for name in node.get(attribute).split() if name not in ids]
            faults += [f"{attribute} points at {name!r}, which is not there" for name in missing]
    faults += [f"Django's own words: {words}" for words in re.findall(r"Ensure (?:this|that)[^<]*", text)]
    return faults
