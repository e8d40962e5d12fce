"""The playground's pages in a browser: each canvas, and runs in every state that a page can show."""

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django_celery_results.models import TaskResult

from task.playground.canvases import CANVASES
from task.playground.graph import freeze
from task.playground.models import FailedTry, PlaygroundRun
from tests.browser.entry import Entry

NO_PAGES: dict[str, str] = {}
URL = reverse("playground")
TRACE = 'Traceback (most recent call last):\n  File "task/playground/tasks.py", line 32, in divide\n' + "    x" * 60


def saved(owner: Any, canvas: str, *numbers: int, age: int = 2, sent: bool = True, **rest: Any) -> PlaygroundRun:
    """A run as it stands after its start, `age` seconds ago. Nothing is published."""
    created = timezone.now() - timedelta(seconds=age)
    run = PlaygroundRun(owner=owner, canvas=canvas, inputs=list(numbers), created=created, **rest)
    run.graph = freeze(CANVASES[canvas].build(str(run.pk), *numbers))
    run.published = created if sent else None
    run.save(force_insert=True)
    return run


def record(run: PlaygroundRun, stage: int, place: int, state: str, result: str = "null", age: float = 1) -> None:
    """What Celery's result backend writes about a task; `result` is JSON."""
    node = run.graph[stage][place]
    at = timezone.now() - timedelta(seconds=age)
    failed = state in ("FAILURE", "RETRY")
    row = TaskResult.objects.create(
        task_id=node["id"], task_name=node["task"], status=state, result=result, content_type="application/json",
        content_encoding="utf-8", traceback=TRACE if failed else None, meta="{}", date_started=at,
    )  # fmt: skip
    TaskResult.objects.filter(pk=row.pk).update(date_created=at, date_done=at + timedelta(milliseconds=40))


def failed(run: PlaygroundRun, number: int) -> None:
    """What is kept of a try of the first task."""
    task_id = run.graph[0][0]["id"]
    FailedTry.objects.create(run=run, task_id=task_id, number=number, sentence="ConnectionError: Nobody answered.")


def fault(name: str, *words: str, module: str = "builtins") -> str:
    said = ", ".join(f'"{each}"' for each in words)
    return f'{{"exc_type": "{name}", "exc_message": [{said}], "exc_module": "{module}"}}'


NO_ANSWER = fault("ConnectionError", "Nobody answered.")
ZERO = fault("ZeroDivisionError", "division by zero")


def runs(owner: Any) -> dict[str, PlaygroundRun]:
    """One run in each state."""
    made = {}
    made["pending"] = saved(owner, "chord", *range(1, 11))
    made["started"] = run = saved(owner, "chord", 1, 2, 4, 5)
    record(run, 0, 0, "SUCCESS", "100.0")
    record(run, 0, 1, "STARTED")
    made["progress"] = run = saved(owner, "progress", 10)
    record(run, 0, 0, "PROGRESS", '{"done": 6, "of": 10}')
    made["retry"] = run = saved(owner, "retry", 7)
    record(run, 0, 0, "RETRY", NO_ANSWER)
    failed(run, 1)
    made["retried"] = run = saved(owner, "retry", 8, result=8)
    failed(run, 1)
    failed(run, 2)
    for stage in (0, 1):
        record(run, stage, 0, "SUCCESS", "8")
    made["success"] = run = saved(owner, "chain", 999_999_999_999_999, -1, result=9_999_999_999_999_980)
    for stage, result in enumerate(["999999999999998", "9999999999999980", "9999999999999980"]):
        record(run, stage, 0, "SUCCESS", result)
    made["group"] = run = saved(owner, "group", *range(999_999_999_999_990, 1_000_000_000_000_000))
    for place in range(10):
        record(run, 0, place, "SUCCESS", str((999_999_999_999_990 + place) ** 2))
    made["failure"] = run = saved(owner, "fail", 7)
    record(run, 0, 0, "FAILURE", ZERO)
    record(run, 1, 0, "FAILURE", ZERO)
    made["chord_error"] = run = saved(owner, "chord", 1, 0, 2)
    for place, result in enumerate(["100.0", ZERO, "50.0"]):
        record(run, 0, place, "FAILURE" if result == ZERO else "SUCCESS", result)
    said = "ZeroDivisionError('division by zero <script>alert(1)</script>')"
    record(run, 2, 0, "FAILURE", fault("ChordError", said, module="celery.exceptions"))
    made["died"] = run = saved(owner, "progress", 3)
    died = fault(
        "WorkerLostError", "Worker exited prematurely: signal 9 (SIGKILL) Job: 0.", module="billiard.exceptions"
    )
    record(run, 0, 0, "FAILURE", died)
    record(run, 1, 0, "FAILURE", died)
    made["lost"] = run = saved(owner, "chain", 2, 3, age=90)
    record(run, 0, 0, "SUCCESS", "5", age=89)
    made["silent"] = run = saved(owner, "progress", 10, age=300)
    record(run, 0, 0, "STARTED", age=299)
    made["cleared"] = saved(owner, "chord", 1, 2, age=2 * 86_400)
    made["never"] = saved(owner, "chain", 4, 5, sent=False, ended=timezone.now())
    made["partly"] = run = saved(owner, "group", 1, 2, 3)
    run.graph[0][2]["unsent"] = True
    run.save()
    record(run, 0, 0, "SUCCESS", "1")
    return made


def empty() -> list[Entry]:
    long = {"numbers": "9" * 400}
    return [
        Entry("playground_empty", URL),
        *(Entry(f"playground_{name}", f"{URL}?canvas={name}") for name in CANVASES),
        Entry("playground_error", f"{URL}?canvas=group", fill=long),
        Entry("playground_error_words", URL, fill={"numbers": "two " + "<script>alert(1)</script>" * 20}),
    ]


def filled(member: Any, staff: Any) -> list[Entry]:
    made = runs(member)
    older = [saved(member, "group", *range(n, n + 3), age=100 + n) for n in range(25)]
    return [
        Entry("playground", URL),
        Entry("playground_staff", URL, "staff"),
        Entry("playground_page", f"{URL}?last=1"),
        *(Entry(f"playground_run_{name}", run.get_absolute_url()) for name, run in made.items()),
        Entry("playground_run_staff", made["chord_error"].get_absolute_url(), "staff"),
        Entry("playground_run_old", older[0].get_absolute_url()),
    ]
