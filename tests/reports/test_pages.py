"""The pages: who sees what, the form, the file, and what a page costs."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from task.jobs.engine import transitions
from task.jobs.engine.executor import execute
from task.jobs.engine.transitions import claim
from task.jobs.models import Job, State
from task.jobs.testing import execute_all
from task.reports import files, views
from task.reports.models import Report, Repository
from task.reports.tasks import DELETED
from tests.accounts.pages import errors, flashes, send, token_of
from tests.reading import read
from tests.reports.conftest import ask
from tests.services.github import GitHub, made_up

pytestmark = pytest.mark.django_db
NEW = "/reports/new/"


@pytest.fixture
def member(client_of: Callable[[Any], Client], alice: Any) -> Client:
    return client_of(alice)


@pytest.fixture
def stranger(client_of: Callable[[Any], Client], bob: Any) -> Client:
    return client_of(bob)


@pytest.fixture
def staff(client_of: Callable[[Any], Client], charlie: Any) -> Client:
    return client_of(charlie)


@pytest.fixture
def report(github: GitHub, alice: Any) -> Report:
    ask(alice, 120, mail=False)
    execute_all()
    return Report.objects.get()


def words(answer: Any) -> str:
    assert answer.status_code == 200
    return unescape(answer.content.decode())


# The form


def test_a_person_is_sent_on_at_once_and_told_the_task(member: Client, github: GitHub, alice: Any) -> None:
    answer = send(member, NEW, language="C++", count=250)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/reports/")
    job, report = Job.objects.get(), Report.objects.get()
    (told,) = flashes(answer)[:1]
    assert str(job.pk) in told
    assert f"href='/jobs/{job.pk}/'" in told
    assert job.arguments == {"language": "C++", "count": 250}
    assert job.title == "Find 250 C++ repositories"
    assert (report.crawl, report.owner, report.mail) == (job, alice, True)
    assert github.requests == []
    page = words(member.get("/reports/"))
    assert "250 C++ repositories" in page
    assert 'data-live="/reports/"' in page


def test_the_fields_of_the_contract_are_enough_and_a_tick_switches_the_email_off(member: Client) -> None:
    member.post(NEW, {"language": "python", "count": 1})
    member.post(NEW, {"language": "Python", "count": 2, "mail": "off"})
    assert list(Report.objects.order_by("id").values_list("language", "mail")) == [("Python", True), ("Python", False)]


def test_a_double_click_is_one_report_and_it_can_be_sent_again(member: Client) -> None:
    fields = {"form_token": token_of(member, NEW), "language": "Go", "count": 7, "mail": "off"}
    member.post(NEW, fields)
    assert "You already sent this." in flashes(member.post(NEW, fields))[-1]
    assert Job.objects.count() == Report.objects.count() == 1
    again = member.get(f"{NEW}?again={Job.objects.get().pk}").context["form"].initial
    assert again == {"language": "Go", "count": 7, "mail": False}


@pytest.mark.parametrize(
    ("fields", "field", "says"),
    [
        ({"count": 10}, "language", "Choose a language."),
        ({"language": "Klingon", "count": 10}, "language", "This language is not on the list."),
        ({"language": "python:x stars:>1", "count": 10}, "language", "not on the list"),
        ({"language": "Py\0thon", "count": 10}, "language", "not on the list"),
        ({"language": "x" * 10_000, "count": 10}, "language", "not on the list"),
        ({"language": "Go"}, "count", "Enter how many"),
        ({"language": "Go", "count": 0}, "count", "The minimum is 1"),
        ({"language": "Go", "count": -3}, "count", "The minimum is 1"),
        ({"language": "Go", "count": 1001}, "count", "1,001 is too many. GitHub's search gives at most 1,000."),
        ({"language": "Go", "count": "9" * 400}, "count", "That is too many"),
        ({"language": "Go", "count": "9" * 5000}, "count", "Enter a whole number"),
        ({"language": "Go", "count": "ten"}, "count", "Enter a whole number"),
        ({"language": "Go", "count": "1.5"}, "count", "Enter a whole number"),
        ({"language": "Go", "count": "1\0"}, "count", "Enter a whole number"),
        ({"language": "Go", "count": "🐍"}, "count", "Enter a whole number"),
    ],
)
def test_bad_input_is_a_sentence(member: Client, fields: dict[str, Any], field: str, says: str) -> None:
    assert says in errors(send(member, NEW, **fields), field)
    assert not Job.objects.exists()
    assert not Report.objects.exists()


def test_the_form_says_what_github_allows(member: Client, staff: Client, settings: Any) -> None:
    assert "10 requests a minute" in words(member.get(NEW))
    assert "GITHUB_TOKEN" not in words(member.get(NEW)).split("How this works")[0]
    assert "set GITHUB_TOKEN" in re.sub("<[^>]+>", "", words(staff.get(NEW)))
    settings.GITHUB_TOKEN = "ghp_x" + "y" * 9
    for reader in (member, staff):
        page = words(reader.get(NEW))
        assert "allows 30 requests a minute" in page
        assert settings.GITHUB_TOKEN not in page


# Who sees what


def test_every_page_wants_a_log_in(client: Client, report: Report) -> None:
    for url in ("/reports/", NEW, f"/reports/{report.pk}/", f"/reports/{report.pk}/download/"):
        answer = client.get(url)
        assert (url, answer.status_code) == (url, 302)
        assert "login" in answer["Location"]
    assert client.post(f"/reports/{report.pk}/delete/").status_code == 302
    assert Report.objects.count() == 1


def test_a_stranger_finds_nothing(stranger: Client, report: Report) -> None:
    for url in (f"/reports/{report.pk}/", f"/reports/{report.pk}/download/", f"/reports/{report.pk}/?q=a&sort=name"):
        assert stranger.get(url).status_code == 404
    assert stranger.post(f"/reports/{report.pk}/delete/").status_code == 404
    assert "No reports yet" in words(stranger.get("/reports/"))
    assert Report.objects.count() == 1


def test_owner_and_staff_fetch_the_file(member: Client, staff: Client, report: Report) -> None:
    for reader in (member, staff):
        answer = reader.get(f"/reports/{report.pk}/download/")
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        name = f"github-python-120-{report.created:%Y-%m-%d}.csv"
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in answer.headers["Cache-Control"]
        assert b"".join(answer.streaming_content) == files.path_of(report).read_bytes()


def test_no_file_before_it_is_done_and_a_lost_one_is_a_sentence(member: Client, report: Report) -> None:
    files.remove(report.pk)
    answer = member.get(f"/reports/{report.pk}/download/", follow=True)
    assert "The file of this report is missing" in words(answer)
    Report.objects.update(state="working")
    assert member.get(f"/reports/{report.pk}/download/").status_code == 404
    assert member.post(f"/reports/{report.pk}/download/").status_code == 405


def test_what_is_not_there_is_a_404(member: Client) -> None:
    for url in ("/reports/7/", "/reports/7/download/", "/reports/99999999999999999999/", "/reports/x/"):
        assert member.get(url).status_code == 404


# Deleting


def test_owner_deletes_row_and_file_together(member: Client, report: Report) -> None:
    url = f"/reports/{report.pk}/delete/"
    assert member.get(url).status_code == 405
    assert Client(enforce_csrf_checks=True).post(url).status_code == 403
    assert member.post(url).headers["Location"] == "/reports/"
    assert not Report.objects.exists()
    assert not Repository.objects.exists()
    assert not files.folder_of(report.pk).exists()
    assert member.post(url).status_code == 404


def test_deleting_what_is_being_made_cancels_its_job(member: Client, staff: Client, github: GitHub, alice: Any) -> None:
    first, second = ask(alice, 1), ask(alice, 1)
    execute(second.pk)
    member.post(f"/reports/{Report.objects.get(crawl=first.pk).pk}/delete/")
    staff.post(f"/reports/{Report.objects.get(crawl=second.pk).pk}/delete/")
    execute_all()
    build = Job.objects.get(parent=second)
    assert dict(Job.objects.values_list("pk", "state")) == {
        first.pk: State.CANCELLED, second.pk: State.SUCCEEDED, build.pk: State.CANCELLED,
    }  # fmt: skip
    assert not Report.objects.exists()
    assert not files.root().exists()


def test_a_crawl_that_ends_while_its_report_is_deleted_leaves_no_failure(
    member: Client, github: GitHub, alice: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, real = ask(alice, 1), transitions.cancel

    def late(one: Job) -> bool:
        """Meanwhile a worker ends the crawl, and another is at the file."""
        execute(job.pk)
        for build in Job.objects.filter(parent=job):
            assert claim(build.pk)
        return real(one)

    with monkeypatch.context() as patch:
        patch.setattr(views, "cancel", late)
        member.post(f"/reports/{Report.objects.get().pk}/delete/")
    execute_all()
    assert set(Job.objects.values_list("state", "message")) == {(State.SUCCEEDED, DELETED)}
    assert not files.root().exists()


# The list


def test_the_list_tells_state_rows_size_and_draws_the_stars(member: Client, staff: Client, report: Report) -> None:
    page = words(member.get("/reports/"))
    assert "120 Python repositories" in page
    assert f'href="/reports/{report.pk}/download/"' in page
    assert 'class="ranks"' in page
    first, last = (made_up(n)["stargazers_count"] for n in (1, 120))
    assert f"{first:,} to {last:,} stars" in page
    assert "data-live" not in page
    assert "for alice" in words(staff.get("/reports/"))


def test_a_failed_report_says_why_and_offers_a_retry(member: Client, github: GitHub, alice: Any) -> None:
    github.token = "another"
    job = ask(alice, 10)
    execute_all()
    for url in ("/reports/", f"/reports/{Report.objects.get().pk}/"):
        page = words(member.get(url))
        assert "GitHub rejected the token" in page
        assert f'action="/jobs/{job.pk}/retry/"' in page


@pytest.mark.parametrize("query", ["?after=x", "?before=%00", "?sort=%27", "?last=1", "?state=%00&q=%ff", "?state=x"])
def test_odd_addresses_are_no_500(member: Client, report: Report, query: str) -> None:
    assert member.get(f"/reports/{query}").status_code == 200
    assert member.get(f"/reports/{report.pk}/{query}").status_code == 200


def test_a_page_costs_the_same_however_many_reports(member: Client, staff: Client, alice: Any, github: GitHub) -> None:
    def queries(reader: Client) -> int:
        with CaptureQueriesContext(connection) as found:
            reader.get("/reports/")
        return len(found)

    ask(alice, 1)
    few = [queries(reader) for reader in (member, staff)]
    for _ in range(30):
        ask(alice, 1)
    assert [queries(reader) for reader in (member, staff)] == few


@pytest.mark.sqlite
def test_no_list_is_sorted_by_hand(member: Client, staff: Client, report: Report) -> None:
    urls = ["", "?sort=oldest", "?state=done", "?state=done&sort=oldest", "?last=1"]
    lists = [(reader, f"/reports/{url}", 26) for reader in (member, staff) for url in urls]
    lists += [(member, f"/reports/{report.pk}/?sort={sort}", 51) for sort in ("stars", "name", "forks")]
    for reader, url, limit in lists:
        with CaptureQueriesContext(connection) as queries:
            reader.get(url)
        (sql,) = [query["sql"] for query in queries if f"LIMIT {limit}" in query["sql"]]
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + sql)
            plan = "; ".join(row[3] for row in cursor.fetchall())
        assert "TEMP B-TREE" not in plan, (url, sql, plan)


@pytest.mark.sqlite
def test_the_jobs_of_a_list_are_found_by_their_keys(member: Client, alice: Any) -> None:
    ask(alice, 1)
    with CaptureQueriesContext(connection) as queries:
        member.get("/reports/")
    (sql,) = [query["sql"] for query in queries if '"parent_id" IN' in query["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + sql)
        plan = "; ".join(row[3] for row in cursor.fetchall())
    assert "(id=?)" in plan
    assert "(parent_id=?)" in plan
    assert "(kind=?)" not in plan
    assert "SCAN" not in plan


# The table


def test_every_row_is_on_one_page_in_each_order(member: Client, report: Report) -> None:
    rows = list(Repository.objects.all())
    orders = {"stars": lambda r: r.rank, "name": lambda r: r.name_key, "forks": lambda r: -r.forks}
    for sort, key in orders.items():
        seen, url = [], f"?sort={sort}"
        while url:
            answer = member.get(f"/reports/{report.pk}/{url}")
            seen += answer.context["rows"]
            url = answer.context["page"].next_url
        assert [key(row) for row in seen] == sorted(map(key, rows))
        assert {row.pk for row in seen} == {row.pk for row in rows}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("a-project-1", {10, 100, 110, 120}),
        ("A-PROJECT-10", {10, 100}),
        ("owner-5/", {5, 42, 79, 116}),
        ("project", set()),
        ("%", set()),
        ("\0", None),
        ("x" * 5000, set()),
    ],
)
def test_a_search_finds_the_beginning_of_a_name(
    member: Client, report: Report, query: str, found: set[int] | None
) -> None:
    answer = member.get(f"/reports/{report.pk}/", {"q": query, "sort": "name"})
    got = {row.github_id - 10_000 for row in answer.context["rows"]}
    wanted = {n for n in found or () if made_up(n)["name"].lower().startswith(query.lower()) or "/" in query}
    assert len(got) == 50 if found is None else got == wanted


def test_while_it_is_made_only_its_parts_are_sent(member: Client, github: GitHub, alice: Any) -> None:
    github.limit, github.window = 1, 60
    job = ask(alice, 200)
    execute(job.pk)
    url = f"/reports/{Report.objects.get().pk}/"
    whole, part = words(member.get(url)), words(member.get(url, headers={"HX-Request": "true"}))
    assert "<h2>Waiting</h2>" in whole
    until = Job.objects.get(pk=job.pk).run_after
    assert until
    for page in (whole, part, words(member.get("/reports/"))):
        assert f"they are used up. Next try at {timezone.localtime(until):%H:%M:%S}." in read(page)
    assert len(member.get(url).context["rows"]) == 50
    assert "<html" not in part
    assert part.count('hx-swap-oob="true"') == 3


def test_a_report_outlives_its_job(member: Client, report: Report) -> None:
    url = f"/reports/{report.pk}/"
    link = f'href="/jobs/{report.crawl_id}/"'
    assert link in words(member.get(url))
    Job.objects.all().delete()
    for state, says in (
        ("done", ""),
        ("failed", "Its job was removed since"),
        ("cancelled", "Its job was removed since"),
    ):
        Report.objects.update(state=state)
        page = words(member.get(url))
        assert link not in page

        assert says in page
        assert member.get("/reports/").status_code == 200


def test_a_failure_of_the_second_job_is_told_when_the_first_is_cleared_away(
    member: Client, github: GitHub, alice: Any, settings: Any
) -> None:
    settings.MEDIA_ROOT = "/proc/nowhere"
    job = ask(alice, 1)
    execute_all()
    job.delete()
    page = words(member.get(f"/reports/{Report.objects.get().pk}/"))
    assert "Its job was removed since" in page
    assert "This report failed" in page


def test_a_tab_keeps_the_order_and_begins_at_the_first_page(member: Client, report: Report) -> None:
    page = words(member.get("/reports/?sort=oldest&state=done&after=W10"))
    assert 'href="?sort=oldest&state=failed"' in page
    assert 'href="?sort=oldest" ' in page or 'href="?sort=oldest">' in page
    assert page.count('aria-current="page"') >= 1


def test_the_pages_of_the_staff_administration(
    client_of: Callable[[Any], Client], report: Report, charlie: Any
) -> None:
    charlie.is_superuser = True
    charlie.save()
    admin = client_of(charlie)
    for url in (
        "report/",
        f"report/{report.pk}/change/",
        "repository/",
        f"repository/?q={report.pk}",
        "repository/?q=abc",
        f"repository/?q={'9' * 400}",
    ):
        assert admin.get(f"/admin/reports/{url}").status_code == 200
    assert admin.get(f"/admin/reports/report/{report.pk}/delete/").status_code == 403


@pytest.mark.sqlite
def test_the_administration_finds_the_rows_of_a_report_by_an_index_and_loads_what_it_shows(
    client_of: Callable[[Any], Client], report: Report, charlie: Any
) -> None:
    charlie.is_superuser = True
    charlie.save()
    admin = client_of(charlie)
    for url, table in ((f"repository/?q={report.pk}", "reports_repository"), ("report/", "reports_report")):
        with CaptureQueriesContext(connection) as queries:
            answer = admin.get(f"/admin/reports/{url}")
        assert answer.context["cl"].result_count == (120 if "?q" in url else 1)
        looks = [query["sql"] for query in queries if f'FROM "{table}"' in query["sql"]]
        assert looks
        for sql in looks:
            assert not re.search('"(topics|description|points|password)"', sql), sql
            with connection.cursor() as cursor:
                cursor.execute("EXPLAIN QUERY PLAN " + sql)
                plan = "; ".join(row[3] for row in cursor.fetchall())
            assert "?q" not in url or "SCAN reports_repository" not in plan, (sql, plan)
    assert not admin.get("/admin/reports/repository/?q=abc").context["cl"].result_count


def test_old_rows_show_their_age(member: Client, report: Report) -> None:
    Report.objects.update(created=timezone.now() - timedelta(days=20))
    assert "120 Python repositories" in words(member.get("/reports/"))
