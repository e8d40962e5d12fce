"""The list of jobs, searched: by its words, its kind, its person or its id, in one's own jobs, and flat."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from task.jobs.engine.registry import label_of
from task.jobs.models import IndexedJob, Job, State
from task.jobs.pages import search, views
from task.kit.search.upkeep import behind

pytestmark = pytest.mark.django_db(transaction=True)


def person(name, **fields):
    return get_user_model().objects.create_user(name, f"{name}@example.org", "pw", **fields)


def job(owner, title, **fields):
    return Job.objects.create(owner=owner, title=title, **{"kind": "workbench.make", **fields})


@pytest.fixture
def ada():
    return person("ada")


def found(client, **query):
    return [job.title for job in client.get("/jobs/", query).context["rows"]]


def test_all_words_are_found_wherever_they_stand(client, ada):
    client.force_login(ada)
    job(ada, "Report: 300 Python repositories", state=State.SUCCEEDED, message="300 rows in a CSV file.")
    job(ada, "Report: 10 Rust repositories", state=State.FAILED, error="GitHub rejected the token.")
    job(ada, "Generate 100 random users")
    assert found(client, q="python report") == ["Report: 300 Python repositories"]
    assert found(client, q="CSV") == ["Report: 300 Python repositories"]
    assert found(client, q="token") == ["Report: 10 Rust repositories"]
    assert found(client, q="report", state="failed") == ["Report: 10 Rust repositories"]
    assert found(client, q="python rust") == []
    assert found(client, q="100%") == []
    assert len(found(client, q="  ")) == 3


def test_a_kind_is_found_by_what_it_is_called(client, ada):
    client.force_login(ada)
    job(ada, "x", kind="accounts.generate")
    job(ada, "y", kind="books.look_up")
    assert found(client, q=label_of("accounts.generate")) == ["x"]


def test_an_id_finds_its_job_for_who_may_see_it(client, ada):
    hers, other = job(ada, "hers"), job(person("ben"), "other")
    client.force_login(ada)
    assert found(client, q=str(hers.pk)) == ["hers"]
    assert found(client, q=str(other.pk)) == []


@pytest.mark.parametrize(
    "text", ["1" * 33, "f" * 34, "0" * 35, "a" * 36, "-" * 32, "12345678-", "1" * 8 + "-" * 20, "１" * 32, "%_'"]
)
def test_what_is_nearly_an_id_finds_nothing_and_breaks_nothing(client, ada, text):
    job(ada, "hers")
    client.force_login(ada)
    assert found(client, q=text) == []
    assert client.get("/palette/", {"q": text}).status_code == 200
    assert client.get("/api/jobs/", {"q": text}).json().get("results", []) == []


@pytest.mark.parametrize("length", [8, 9, 13, 20, 32])
def test_the_beginning_of_an_id_finds_its_job_with_its_dashes_or_without(client, ada, length):
    hers = job(ada, "hers")
    job(ada, "another")
    client.force_login(ada)
    for text in (str(hers.pk)[:length], hers.pk.hex[:length].upper(), f" {str(hers.pk)[:length]} "):
        assert found(client, q=text) == ["hers"], text


def test_staff_find_a_persons_jobs_and_a_member_only_own_ones(client, ada):
    job(ada, "Scan of Ada's")
    job(person("ben"), "Scan of Ben's")
    client.force_login(ada)
    assert found(client, q="scan") == ["Scan of Ada's"]
    assert found(client, q="ada") == ["Scan of Ada's"]
    assert found(client, q="ben") == []
    client.force_login(person("sam", is_staff=True))
    assert found(client, q="ben scan") == ["Scan of Ben's"]


def test_an_empty_search_says_what_was_searched_for(client, ada):
    client.force_login(ada)
    page = client.get("/jobs/", {"q": "<zz>", "state": "failed"}).text
    assert "No failed jobs match “&lt;zz&gt;”." in page
    assert "Show all jobs" in page


def test_a_search_keeps_the_filters_and_they_keep_it(client, ada):
    client.force_login(ada)
    job(ada, "Report")
    page = client.get("/jobs/", {"q": "rep", "state": "queued", "sort": "oldest", "after": "x"}).text
    assert '<input type="hidden" name="state" value="queued"><input type="hidden" name="sort" value="oldest">' in page
    assert 'name="after"' not in page
    assert "?q=rep&amp;sort=oldest&amp;state=failed" in page


def test_only_the_newest_are_read_and_the_page_says_so(client, ada, monkeypatch):
    for module in (search, views):
        monkeypatch.setattr(module, "SEARCHED", 3)
    client.force_login(ada)
    now = timezone.now()
    for n in range(3):
        job(ada, f"Report {n}", created=now - timedelta(minutes=5 - n))
    assert "Only the newest" not in client.get("/jobs/", {"q": "report"}).text
    job(ada, "Report 3", created=now)
    page = client.get("/jobs/", {"q": "report", "sort": "oldest"})
    assert [row.title for row in page.context["rows"]] == ["Report 1", "Report 2", "Report 3"]
    assert "Only the newest 3 jobs are searched." in page.text


# What is no longer among the newest


def old(owner, title, **fields):
    return job(owner, title, created=timezone.now() - timedelta(days=2), **fields)


@pytest.fixture
def few(monkeypatch):
    for module in (search, views):
        monkeypatch.setattr(module, "SEARCHED", 1)


def index_all():
    for rows, _ in behind():
        type(rows[0]).objects.bulk_create(rows)


def test_an_old_job_is_found_by_its_words_its_book_and_its_person(client, ada, few):
    ben = person("ben")
    hers = old(ada, "Look up The Parish Register", arguments={"isbn": "9780192811554", "count": 1})
    his = old(ben, "Look up The Parish Register", arguments={"isbn": "9780192811554", "names": [["Crabbe"]]})
    old(None, "Delete old jobs")
    for owner in (ada, ben, None):
        job(owner, "Now")
    index_all()
    client.force_login(ada)
    for q in ("parish", "register up", "0192811554", "281155", str(hers.pk)[:8], hers.pk.hex[:12].upper()):
        page = client.get("/jobs/", {"q": q})
        assert [row.pk for row in page.context["rows"]] == [hers.pk], q
        assert "Only the newest" not in page.text
    assert found(client, q="crabbe") == found(client, q="ada") == found(client, q=str(his.pk)[:8]) == []
    assert [row["id"] for row in client.get("/api/jobs/?q=parish").json()["results"]] == [str(hers.pk)]
    assert "<mark>Parish</mark>" in client.get("/jobs/?q=parish").text
    client.force_login(person("sam", is_staff=True))
    assert found(client, q="ben parish") == ["Look up The Parish Register"]
    assert found(client, q="crabbe register") == ["Look up The Parish Register"]
    assert found(client, q="delete") == ["Delete old jobs"]
    his.delete()
    assert found(client, q="crabbe") == []
    assert IndexedJob.objects.count() == 2


def test_jobs_are_indexed_once_in_their_order_and_those_of_this_moment_later(ada, monkeypatch):
    monkeypatch.setattr("task.jobs.pages.words.A_STEP", 2)
    before = [old(ada, f"Old {n}") for n in range(3)]
    now = job(ada, "Now")
    index_all()
    assert list(IndexedJob.objects.order_by("id").values_list("job", flat=True)) == [
        row.pk for row in sorted(before, key=lambda row: (row.created, row.pk))
    ]
    assert [rows for rows, place in behind() if place[0] == "task.jobs.pages.words.behind"] == []
    Job.objects.filter(pk=now.pk).update(created=timezone.now() - timedelta(hours=1))
    index_all()
    assert IndexedJob.objects.latest("id").job_id == now.pk


@pytest.mark.sqlite
@pytest.mark.parametrize(("staff", "index"), [(True, "job_newest"), (False, "job_newest_of_owner")])
def test_a_search_walks_an_index_from_its_newest_end(monkeypatch, staff, index):
    monkeypatch.setattr(search, "SEARCHED", 50)
    reader = person("ada", is_staff=staff)
    Job.objects.bulk_create(Job(kind="workbench.make", title="x", owner=reader) for _ in range(200))
    request = RequestFactory().get("/jobs/", {"q": "nothing like this"})
    request.user = reader
    with CaptureQueriesContext(connection) as queries:
        assert views.JobsListView(request=request).get_context_data()["rows"] == []
    (sql,) = [each["sql"] for each in queries if f"LIMIT {search.MOST}" in each["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + sql)
        plan = [row[3] for row in cursor.fetchall()]
    assert [line for line in plan if f"USING INDEX {index} (" in line and "created>" in line], plan
    assert not [line for line in plan if "TEMP B-TREE" in line], plan


@pytest.mark.parametrize(("query", "headings"), [({}, 0), ({"q": "make"}, 1), ({"kind": "workbench.make"}, 1)])
def test_what_a_search_or_a_filter_finds_stands_under_its_days(client, ada, query, headings):
    client.force_login(ada)
    job(ada, "Make 3 things")
    assert client.get("/jobs/", query).content.decode().count('scope="rowgroup">In the last hour<') == headings
