"""The six canvases: how each is written with Celery, and what its form asks for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from celery import chain, chord, group
from celery.canvas import Signature

from task.playground.tasks import add, count, divide, multiply, square, store, stumble, total

MOST_NUMBERS, MOST_STEPS = 10, 10
MOST_OPEN = 5  # runs of one person on their way at once


def chain_of(run: str, first: int, second: int) -> Signature:
    return chain(add.s(first, second), multiply.s(10), store.s(run))


def group_of(run: str, *numbers: int) -> Signature:
    return group([square.s(number) for number in numbers])


def chord_of(run: str, *numbers: int) -> Signature:
    shares = [divide.s(100, number) for number in numbers]
    return chord(shares, chain(total.s(), store.s(run)))


def failure_of(run: str, number: int) -> Signature:
    return chain(divide.s(number, 0), store.s(run))


def retry_of(run: str, number: int) -> Signature:
    return chain(stumble.s(number), store.s(run))


def progress_of(run: str, steps: int) -> Signature:
    return chain(count.s(steps), store.s(run))


@dataclass(frozen=True)
class Canvas:
    name: str
    title: str
    build: Callable[..., Signature]
    tasks: tuple[Any, ...]
    words: str  # what it is
    lesson: str  # what there is to see
    label: str
    help: str
    example: str
    fewest: int = 1
    most: int = 1
    largest: int | None = None
    most_open: int = MOST_OPEN  # of this canvas


CANVASES = {
    canvas.name: canvas
    for canvas in (
        Canvas(
            "chain",
            "Chain",
            chain_of,
            (add, multiply, store),
            "One after the other: each task gets what the one before it returned.",
            "This form publishes only the first message. Each task's worker publishes the next one.",
            "Two numbers",
            "They are added, the sum is multiplied by ten, and that is stored.",
            "2, 3",
            fewest=2,
            most=2,
        ),
        Canvas(
            "group",
            "Group",
            group_of,
            (square,),
            "Side by side: one message a task, and any worker takes any of them, in any order.",
            "No task comes after them, so nothing is stored: only Celery's own records have the results.",
            "One to ten numbers",
            "Each of them is squared by a task of its own.",
            "1, 2, 3, 4, 5",
            most=MOST_NUMBERS,
        ),
        Canvas(
            "chord",
            "Chord",
            chord_of,
            (divide, total, store),
            "A group, and then a task that gets all their results at once.",
            "Celery counts the group's results in the database. Put a 0 among the numbers, and see what becomes of "
            "the sum.",
            "One to ten numbers",
            "100 is divided by each of them, and the sum of these shares is stored.",
            "1, 2, 4, 5",
            most=MOST_NUMBERS,
        ),
        Canvas(
            "fail",
            "Failure",
            failure_of,
            (divide, store),
            "A task that raises: Celery keeps the exception and its traceback, and that is all it does.",
            "What comes after it in the chain never runs, and nobody is told.",
            "A number",
            "It is divided by zero.",
            "7",
        ),
        Canvas(
            "retry",
            "Retry",
            retry_of,
            (stumble, store),
            "A task that fails twice, asks to be tried again a second later, and then succeeds.",
            "Until then the retry waits in the memory of one worker. If that worker dies, it comes late or not at all.",
            "A number",
            "The third attempt returns it, and it is stored.",
            "7",
        ),
        Canvas(
            "progress",
            "Progress",
            progress_of,
            (count, store),
            "A task that reports its progress while it runs.",
            "Each step overwrites Celery's record of the task. Nothing goes on from there: a task that dies at step 7 "
            "begins again at 1, if somebody sends it again.",
            "How many steps",
            "One to ten, a fifth of a second each.",
            "10",
            largest=MOST_STEPS,
            most_open=1,  # it holds a process for two seconds, for which jobs would wait
        ),
    )
}
