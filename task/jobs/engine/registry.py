"""The kinds of job that this process knows, and what is registered for their ends."""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from string import Formatter
from typing import TYPE_CHECKING, Any

from task.jobs.engine.errors import Misuse

if TYPE_CHECKING:
    from task.jobs.models import Job

Hook = Callable[["Job"], None]
KINDS: dict[str, "Kind"] = {}
OPTIONS = frozenset({"self", "task", "owner", "rows", "unique_key", "parent", "title"})  # no argument is called so


@dataclass(frozen=True, eq=False)
class EndHook:
    """What runs in the transaction that ends a job; with `where` only if the job's row answers to it."""

    function: Hook
    where: Any = None


_of_all_kinds: list[EndHook] = []


@dataclass
class Kind:
    """A function `(run, **arguments) -> message` under a name that is fixed for ever, since rows carry it."""

    name: str
    function: Callable[..., str | None]
    title: str | Callable[..., str]
    step_limit: float | None = None  # seconds without a committed step; None: conf.STEP_LIMIT_SECONDS
    label: str = ""
    schedulable: bool = False  # staff may give it a schedule; what an AppConfig schedules they may, too
    starts_within: float | None = None  # seconds of waiting after which staff are told
    silent: bool = False  # it is itself a message: nobody else is told of its end
    unit: str = ""  # of what is counted, where that is not rows: "MB"
    ending: str = ""  # what it does once all is counted, where that takes long: a sentence
    task: Any = field(default=None, repr=False)  # the Celery task that is notified
    view: Any = None  # the first form view that names this kind's task
    on_end: list[Hook] = field(default_factory=list)
    on_retry: list[Hook] = field(default_factory=list)

    @cached_property
    def signature(self) -> inspect.Signature:
        """Of the arguments alone, without the run."""
        whole = inspect.signature(self.function)
        return whole.replace(parameters=list(whole.parameters.values())[1:])

    def title_for(self, arguments: dict[str, Any]) -> str:
        words = self.title(**arguments) if callable(self.title) else self.title.format(**arguments)
        return words[:300]


def register(kind: Kind) -> Kind:
    """Raises Misuse for what would fail later, or do another kind's work."""
    before = KINDS.get(kind.name)
    if before and _origin(before.function) != _origin(kind.function):
        raise Misuse(f"Two kinds of job are called {kind.name}: its rows could be of either.")
    first = next(iter(inspect.signature(kind.function).parameters), None)
    if first is None:
        raise Misuse(f"{kind.name}: its function takes nothing, and its first argument is the run: def f(run, …).")
    unknown = sorted(_fields(kind.title) - kind.signature.parameters.keys())
    if unknown and not any(each.kind is each.VAR_KEYWORD for each in kind.signature.parameters.values()):
        raise Misuse(f"The title of {kind.name} has {{{unknown[0]}}}, and its arguments are {kind.signature}.")
    taken = sorted(OPTIONS & inspect.signature(kind.function).parameters.keys())
    if taken:
        raise Misuse(f"{kind.name} can't have an argument “{taken[0]}”: that is an option of apply_async().")
    KINDS[kind.name] = kind
    return kind


def _fields(title: str | Callable[..., str]) -> set[str]:
    """The names that a title asks for."""
    if callable(title):
        return set()
    return {re.split(r"[.\[]", name)[0] for _, name, _, _ in Formatter().parse(title) if name}


def _origin(function: Callable[..., Any]) -> tuple[str, str]:
    return function.__module__, function.__qualname__  # the same after a module was loaded anew


def kinds() -> dict[str, Kind]:
    """All kinds that this process knows, by name."""
    return dict(KINDS)


def label_of(name: str) -> str:
    """What all jobs of a kind are called together: its label; else the title that they share; else its name's words."""
    kind = KINDS.get(name)
    if kind and kind.label:
        return kind.label
    if kind and isinstance(kind.title, str) and "{" not in kind.title:
        return kind.title
    return name.replace(".", ": ").replace("_", " ").capitalize()


def counted(name: str, count: int) -> str:
    """What a job of this kind has done, or has to do: 1,200, or 1,200 MB."""
    kind = KINDS.get(name)
    return f"{count:,} {kind.unit if kind else ''}".rstrip()


def ended(hook: Hook, *, where: Any = None) -> Hook:
    """Register what runs in the transaction that ends a job, for all kinds but silent ones.

    `where`, an `Exists` over the job's row (`OuterRef("owner")`), is answered by the UPDATE that ends it: where it does
    not hold the hook is not called, and costs no query. Give one whose column is indexed.
    """
    others = [each for each in _of_all_kinds if each.function is not hook]  # an app may become ready more than once
    _of_all_kinds[:] = [*others, EndHook(hook, where)]
    return hook


def end_hooks(kind: str) -> list[EndHook]:
    """What runs in the transaction that ends a job of this kind."""
    known = KINDS.get(kind)
    own = [EndHook(hook) for hook in known.on_end] if known else []
    return own if known and known.silent else [*own, *_of_all_kinds]


def retry_hooks(kind: str) -> list[Hook]:
    known = KINDS.get(kind)
    return known.on_retry if known else []
