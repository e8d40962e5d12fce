"""Keyset pages: complete, in order, flat, and robust against what people write into addresses."""

import base64
import json
from datetime import timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from task.jobs.engine.clock import Now
from task.jobs.models import Job
from task.kit.lists import paginate, prefix
from tests.workbench.models import Thing

pytestmark = pytest.mark.django_db(transaction=True)


def walk(queryset, ordering, size, link="next_url", start=""):
    seen, params = [], QueryDict(start)
    while True:
        page = paginate(queryset, ordering, params, size)
        seen.append([row.pk for row in page.rows])
        url = getattr(page, link)
        if not url:
            return seen, page
        params = QueryDict(url[1:])


@pytest.mark.parametrize("ordering", [("name",), ("-name",), ("batch", "id"), ("-batch", "-id"), ("batch", "-id")])
def test_pages_are_complete_and_in_order_both_ways(ordering):
    Thing.objects.bulk_create([Thing(name=f"t{n:03}", batch=n % 4) for n in range(23)])
    expected = list(Thing.objects.order_by(*ordering).values_list("pk", flat=True))
    forward, last = walk(Thing.objects.all(), ordering, 5)
    assert [pk for page in forward for pk in page] == expected
    assert [len(page) for page in forward] == [5, 5, 5, 5, 3]
    assert last.last_url == ""
    backward, first = walk(Thing.objects.all(), ordering, 5, "previous_url", "last=1")
    assert [pk for page in reversed(backward) for pk in page] == expected
    assert first.first_url == ""


def test_rows_of_one_moment_are_neither_lost_nor_shown_twice():
    Job.objects.bulk_create([Job(kind="workbench.empty", title=f"{n}") for n in range(40)])
    assert Job.objects.values("created").distinct().count() < 40
    seen, _ = walk(Job.objects.all(), ("-created", "-id"), 7)
    flat = [pk for page in seen for pk in page]
    assert len(flat) == len(set(flat)) == 40


def key(*texts):
    return base64.urlsafe_b64encode(json.dumps(texts).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "after",
    [
        key("0001-01-01T00:00:00+14:00", "00000000-0000-0000-0000-000000000000"),
        key("9999-12-31T23:59:59-14:00", "00000000-0000-0000-0000-000000000000"),
        key("\ud800", "x"),
        base64.urlsafe_b64encode(b"[" * 5000).decode(),
    ],
)
def test_a_key_that_no_database_can_take_shows_the_first_page(after):
    Job.objects.create(kind="workbench.empty", title="x")
    assert len(paginate(Job.objects.all(), ("-created", "-id"), QueryDict(f"after={after}"), 5).rows) <= 1
    assert len(paginate(Thing.objects.all(), ("name",), QueryDict(f"after={key(chr(0xD800))}"), 5).rows) == 0


@pytest.mark.parametrize(
    "text",
    [
        "after=rubbish",
        "after=",
        "before=!!",
        "after=WyJhIiwgImIiXQ",
        "after=WzFd",
        "last=1&after=x",
        "after=WyI5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTkiXQ",
    ],
)
def test_a_key_that_nobody_gave_out_is_no_error(text):
    Thing.objects.bulk_create([Thing(name=f"t{n}") for n in range(3)])
    assert len(paginate(Thing.objects.all(), ("id",), QueryDict(text), 2).rows) == 2


def test_a_key_behind_the_end_shows_the_first_page():
    Thing.objects.bulk_create([Thing(name=f"t{n}") for n in range(3)])
    last = paginate(Thing.objects.all(), ("id",), QueryDict("last=1"), 2)
    beyond = paginate(Thing.objects.all(), ("id",), QueryDict(last.previous_url[1:]), 2)
    Thing.objects.all().delete()
    assert paginate(Thing.objects.all(), ("id",), QueryDict(beyond.next_url[1:]), 2).rows == []


def test_other_parameters_stay_in_the_links():
    Thing.objects.bulk_create([Thing(name=f"t{n}") for n in range(9)])
    page = paginate(Thing.objects.all(), ("id",), QueryDict("q=a%26b&state=x"), 3)
    assert page.next_url.startswith("?q=a%26b&state=x&after=")


def test_a_page_is_one_query_that_an_index_answers():
    Thing.objects.bulk_create([Thing(name=f"t{n:05}", batch=n) for n in range(2000)])
    deep = paginate(Thing.objects.all(), ("-name",), QueryDict("last=1"), 10)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        paginate(Thing.objects.all(), ("-name",), QueryDict(deep.previous_url[1:]), 10)
    assert len(queries) == 1
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {queries[0]['sql']}")
            plan = " ".join(str(row) for row in cursor.fetchall())
        assert "USING INDEX" in plan
        assert "TEMP B-TREE" not in plan


def test_a_prefix_takes_no_wildcards():
    Thing.objects.bulk_create([Thing(name=name) for name in ("a%b", "a%c", "axb", "a_b", "b")])
    found = Thing.objects.filter(prefix("name", "a%")).values_list("name", flat=True)
    assert sorted(found) == ["a%b", "a%c"]


def test_the_databases_clock_is_ordered_as_python_orders_it():
    job = Job.objects.create(kind="workbench.empty", title="x")
    job.refresh_from_db()
    assert Job.objects.filter(created=job.created).exists()
    assert not Job.objects.filter(created__lt=job.created).exists()
    assert Job.objects.filter(created__lt=job.created + timedelta(microseconds=1)).exists()
    assert Job.objects.filter(created__lte=Now()).exists()
