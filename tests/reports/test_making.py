"""From the question to the file, in this process and against a GitHub on loopback."""

import csv
import errno
import io
import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import mail

from task.jobs.engine.guards import allow_writes
from task.jobs.engine.run import Run
from task.jobs.engine.transitions import cancel, retry
from task.jobs.models import Job, State
from task.jobs.testing import execute_all
from task.kit.spreadsheets import escape_formula
from task.reports import files, tasks
from task.reports.models import Report, Repository
from tests.reports.conftest import ask
from tests.services.github import GitHub, made_up

pytestmark = pytest.mark.django_db


def made(job: Job) -> Report:
    execute_all()
    return Report.objects.get(crawl=job.pk)


def table(report: Report) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files.path_of(report).read_text("utf-8-sig"))))


def build_of(job: Job) -> Job:
    return Job.objects.get(parent=job, kind="reports.build")


def test_a_thousand_come_with_ten_questions(github: GitHub, alice: Any) -> None:
    job = ask(alice, 1000)
    report = made(job)
    assert (report.state, report.rows, report.incomplete) == ("done", 1000, False)
    assert [asked.page for asked in github.requests] == list(range(1, 11))
    assert Repository.objects.filter(report=report).values("github_id").distinct().count() == 1000
    assert report.points == sorted(report.points, reverse=True)
    assert len(report.points) == tasks.POINTS
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == (State.SUCCEEDED, 1000, 1000)
    assert job.message == "1,000 repositories found on 10 pages."
    assert build_of(job).message == "CSV file ready, with 1,000 rows."
    rows = table(report)
    assert len(rows) == 1000
    assert list(rows[0]) == list(files.COLUMNS)
    first = made_up(1)
    assert rows[0] == {
        "name": first["name"], "full_name": first["full_name"], "url": first["html_url"],
        "description": first["description"], "stars": "200000", "forks": "9000", "language": "Python",
        "topics": "python, topic-1", "licence": "MIT", "pushed": "2026-02-02T12:00:00Z",
    }  # fmt: skip
    assert report.size == files.path_of(report).stat().st_size


@pytest.mark.parametrize(("count", "questions"), [(1, 1), (100, 1), (101, 2), (250, 3)])
def test_as_many_pages_as_are_needed_and_the_best_of_them(
    github: GitHub, alice: Any, count: int, questions: int
) -> None:
    report = made(ask(alice, count))
    assert len(github.requests) == questions
    assert report.rows == Repository.objects.filter(report=report).count() == count
    assert [int(row["stars"]) for row in table(report)] == [made_up(n)["stargazers_count"] for n in range(1, count + 1)]
    assert list(report.repositories.order_by("rank").values_list("rank", flat=True)) == list(range(1, count + 1))


def test_pages_in_disorder_are_ranked_by_stars(github: GitHub, alice: Any) -> None:
    github.pages = {1: [made_up(n) for n in range(101, 201)], 2: [made_up(n) for n in range(1, 101)]}
    rows = table(made(ask(alice, 200)))
    assert [int(row["stars"]) for row in rows] == [made_up(n)["stargazers_count"] for n in range(1, 201)]


def test_repeats_are_dropped_and_the_next_page_fills_up(github: GitHub, alice: Any) -> None:
    github.pages[2] = [made_up(n) for n in range(51, 151)]
    report = made(ask(alice, 200))
    assert report.rows == 200
    assert [asked.page for asked in github.requests] == [1, 2, 3]


def test_a_page_that_repeats_for_ever_ends_with_what_there_is(github: GitHub, alice: Any) -> None:
    github.pages = {page: [made_up(n) for n in range(1, 101)] for page in range(1, 11)}
    job = ask(alice, 1000)
    report = made(job)
    assert (report.state, report.rows, len(github.requests)) == ("done", 100, 10)
    job.refresh_from_db()
    assert job.message.startswith("100 of 1,000 repositories found on 10 pages.")
    assert "900 were repeated" in job.message
    assert job.done == job.total == 1000


def test_short_and_empty_pages_are_no_end(github: GitHub, alice: Any) -> None:
    github.pages = {2: [], 4: [made_up(301)]}
    job = ask(alice, 1000)
    report = made(job)
    assert (len(github.requests), report.rows) == (10, 801)
    job.refresh_from_db()
    assert job.message == "801 of 1,000 repositories found on 10 pages."


def test_a_language_with_few_repositories_needs_few_questions(github: GitHub, alice: Any) -> None:
    github.total = 37
    report = made(ask(alice, 1000, "Elm"))
    assert (report.rows, len(github.requests)) == (37, 1)
    github.reset_counts()
    github.total = 200
    report = made(ask(alice, 1000, "Elm"))
    assert (report.rows, len(github.requests)) == (200, 3)


def test_none_at_all_is_a_report_without_rows(github: GitHub, alice: Any) -> None:
    github.total = 0
    report = made(ask(alice, 10))
    assert (report.state, report.rows, report.points, table(report)) == ("done", 0, [], [])


def test_beyond_the_last_page_is_the_end(github: GitHub, alice: Any) -> None:
    message = '{"message": "Only the first 1000 search results are available"}'
    real = github._reply
    github._reply = lambda asked: real(asked) if asked.page < 4 else _odd(422, message)  # type: ignore[method-assign]
    job = ask(alice, 1000)
    report = made(job)
    assert (report.state, report.rows) == ("done", 300)
    job.refresh_from_db()
    assert (job.done, job.message) == (1000, "300 of 1,000 repositories found on 3 pages.")


def _odd(status: int, body: str) -> Any:
    from tests.services.stub import Odd

    return Odd(status, body)


def test_an_incomplete_search_is_said(github: GitHub, alice: Any) -> None:
    github.incomplete = {2}
    job = ask(alice, 300)
    report = made(job)
    assert report.incomplete
    job.refresh_from_db()
    assert "did not search everything" in job.message
    assert "incomplete" in build_of(job).message


def test_an_empty_page_of_an_incomplete_search_proves_nothing(github: GitHub, alice: Any) -> None:
    github.pages, github.incomplete = {1: []}, {1}
    assert made(ask(alice, 100)).rows == 100
    assert len(github.requests) == 2


def test_every_field_may_be_odd(github: GitHub, alice: Any) -> None:
    odd: list[Any] = [None, 7, "x", [], {}, {"id": None}, {"id": "5"}, {"id": True}, {"id": -1}, {"id": 10**30}]
    names = ("name", "full_name", "html_url", "description", "stargazers_count", "forks_count", "language", "topics",
             "license", "pushed_at")  # fmt: skip
    values: list[Any] = [
        None,
        7,
        -7,
        1.5,
        True,
        "",
        "x" * 10_000,
        "\0\ud800",
        [],
        [None, 7, "a" * 999],
        {},
        {"spdx_id": 7},
        10**40,
    ]
    for number, value in enumerate(values):
        odd.append({"id": 500 + number, **dict.fromkeys(names, value)})
    odd += [{"id": 900}, {"id": 901, "html_url": "javascript:alert(1)", "pushed_at": "0001-01-01T00:00:00+23:59"}]
    # Times of which a zone east or west of ours knows no year.
    odd += [{"id": 902, "pushed_at": "0001-01-01T00:00:00Z"}, {"id": 903, "pushed_at": "9999-12-31T23:59:59Z"}]
    github.pages[1], github.total = odd, len(odd)
    report = made(ask(alice, 100))
    assert report.state == "done"
    kept = Repository.objects.filter(report=report, github_id__lt=1000)
    assert kept.count() == len(values) + 4
    assert not kept.filter(pushed__isnull=False).exists()
    assert not kept.exclude(url="").exists()
    assert len(table(report)) == report.rows
    assert kept.filter(stars=2**31 - 1).count() == 1


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "  =1", "\t=1", "＝1", '=HYPERLINK("x")'])
def test_no_cell_is_a_formula(github: GitHub, alice: Any, text: str) -> None:
    github.pages[1] = [made_up(1) | {"description": text, "name": text, "topics": [text]}]
    row = table(made(ask(alice, 1)))[0]
    assert row["description"].startswith("'")
    assert row["name"].startswith("'")
    assert row["topics"].startswith("'")


@pytest.mark.parametrize(
    "text",
    [
        "nice;=cmd|' /C calc'!A0;",
        "nice; =1;+1;-1;@SUM(A1)",
        'nice;"=1"',
        'nice, and;""=1',
        'a;";" =1',
        "nice;＝1",
        "nice\t=1",
        "nice\r\n=1;x\n@y",
        '"=1',
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_no_cell_is_a_formula_whatever_is_taken_to_end_cells(alice: Any, text: str, delimiter: str) -> None:
    job = ask(alice, 1)
    report = Report.objects.get(crawl=job.pk)
    row = Repository(report=report, name=text, full_name=text, description=text, language=text, topics=[text, text])
    files.write(report, [row], 1)
    cells = [
        cell.lstrip()
        for line in csv.reader(io.StringIO(files.path_of(report).read_text("utf-8-sig")), delimiter=delimiter)
        for cell in line
    ]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "＝"))]


def test_a_worker_that_wakes_after_it_was_overtaken_takes_no_part_from_the_other(alice: Any) -> None:
    report = Report.objects.get(crawl=ask(alice, 1).pk)
    left = files.folder_of(report.pk) / f".{files.path_of(report).name}.1.part"

    def rows() -> Iterator[Repository]:
        assert not left.exists(), "of a worker that died before"
        files.write(report, [], 1)
        yield Repository(report=report, name="one")

    left.parent.mkdir(parents=True)
    left.write_text("half")
    size = files.write(report, rows(), 2)
    assert [entry.name for entry in left.parent.iterdir()] == [files.path_of(report).name]
    assert files.path_of(report).stat().st_size == size


def test_a_harmless_text_stays_as_it_is() -> None:
    for text in ("", "a-b=c; d + e", "a;b", "1;2", "what; is - this", "x\ty"):
        assert escape_formula(text) == text


def test_the_file_is_utf_8_that_a_spreadsheet_knows(github: GitHub, alice: Any) -> None:
    github.pages[1] = [made_up(1) | {"description": 'a "quoted", 日本語 🐍 text'}]
    report = made(ask(alice, 1))
    assert files.path_of(report).read_bytes().startswith(b"\xef\xbb\xbfname,full_name,url,description,stars,")
    assert table(report)[0]["description"] == 'a "quoted", 日本語 🐍 text'


def test_a_full_disk_is_a_sentence_and_leaves_nothing_behind(
    github: GitHub, alice: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        job = ask(alice, 100)
        report = made(job)
    build = build_of(job)
    assert (report.state, build.state) == ("failed", State.FAILED)
    assert build.error.startswith("The disk is full")
    assert list(files.folder_of(report.pk).iterdir()) == []
    assert retry(build)
    report.refresh_from_db()
    assert report.state == "working"
    assert made(job).state == "done"
    assert len(github.requests) == 1


def test_a_folder_that_takes_no_file_is_a_sentence(github: GitHub, alice: Any, settings: Any) -> None:
    settings.MEDIA_ROOT = "/proc/nowhere"
    job = ask(alice, 1)
    assert made(job).state == "failed"
    assert "could not be written" in build_of(job).error


# The email


def test_an_email_comes_with_a_link(github: GitHub, alice: Any) -> None:
    report = made(ask(alice, 100))
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == (["alice@example.org"], "Your report is ready: 100 Python repositories")
    assert f"http://testserver/reports/{report.pk}/" in sent.body
    assert f"http://testserver/reports/{report.pk}/" in sent.alternatives[0][0]


def test_no_email_when_it_is_switched_off(github: GitHub, alice: Any) -> None:
    assert made(ask(alice, 100, mail=False)).state == "done"
    assert mail.outbox == []


def test_nobody_is_written_to_who_is_gone(github: GitHub, alice: Any) -> None:
    ask(alice, 1)
    alice.delete()
    execute_all()
    assert Report.objects.get().state == "done"
    assert mail.outbox == []


# How it ends otherwise


def test_cancelling_and_retrying_lead_to_the_state(github: GitHub, alice: Any) -> None:
    job = ask(alice, 300)
    assert cancel(job)
    report = Report.objects.get()
    assert report.state == "cancelled"
    assert retry(job)
    report.refresh_from_db()
    assert report.state == "working"
    assert made(job).state == "done"


def test_the_second_job_leads_to_the_state_too(github: GitHub, alice: Any) -> None:
    from task.jobs.engine.executor import execute

    job = ask(alice, 1)
    execute(job.pk)
    assert cancel(build_of(job))
    assert Report.objects.get().state == "cancelled"
    assert retry(build_of(job))
    assert made(job).state == "done"


def test_a_report_that_is_deleted_meanwhile_ends_with_a_sentence(github: GitHub, alice: Any) -> None:
    from task.jobs.engine.executor import execute

    job = ask(alice, 1)
    Report.objects.all().delete()
    execute_all()
    job.refresh_from_db()
    assert (job.state, job.message) == (State.SUCCEEDED, tasks.DELETED)
    job = ask(alice, 1)
    execute(job.pk)
    assert tasks.remove_rows(Report.objects.all())
    execute_all()
    assert (build_of(job).state, build_of(job).message) == (State.SUCCEEDED, tasks.DELETED)
    assert not tasks.remove_rows(Report.objects.all())


def test_what_was_deleted_is_not_made_again(alice: Any) -> None:
    job = ask(alice, 1)
    cancel(job)
    Report.objects.all().delete()
    with pytest.raises(tasks.Fail, match="was deleted"):
        retry(job)


@pytest.mark.parametrize("last", [False, True])
def test_one_that_is_deleted_between_two_pages_ends_calmly(
    github: GitHub, alice: Any, monkeypatch: pytest.MonkeyPatch, last: bool
) -> None:
    job = ask(alice, 200)
    name = "finish" if last else "step"
    real = getattr(Run, name)

    def late(run: Run, *rest: Any, **more: Any) -> Any:
        if run.job.pk == job.pk and (last or len(github.requests) == 2):
            with allow_writes():
                tasks.remove_rows(Report.objects.all())
        return real(run, *rest, **more)

    monkeypatch.setattr(Run, name, late)
    execute_all()
    job.refresh_from_db()
    assert (job.state, job.message) == (State.SUCCEEDED, tasks.DELETED)
    assert (Repository.objects.count(), Job.objects.count(), len(github.requests)) == (0, 1, 2)


def test_one_that_is_deleted_while_its_file_is_written_leaves_no_file(
    github: GitHub, alice: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = ask(alice, 1)
    write = files.write

    def deleted_meanwhile(report: Report, *rest: Any) -> int:
        size = write(report, *rest)
        with allow_writes():
            tasks.remove_rows(Report.objects.all())
        return size

    monkeypatch.setattr(files, "write", deleted_meanwhile)
    execute_all()
    assert (build_of(job).state, build_of(job).message) == (State.SUCCEEDED, tasks.DELETED)
    assert list(files.root().iterdir()) == []


@pytest.mark.parametrize("count", [0, -1, 1001])
def test_a_program_that_asks_for_too_many_is_refused(github: GitHub, alice: Any, count: int) -> None:

    job = tasks.crawl.apply_async(kwargs={"language": "Python", "count": count}, owner=alice)
    execute_all()
    job.refresh_from_db()
    assert job.error == "A report has 1 to 1,000 repositories."
    assert github.requests == []
