"""How a row names its job: the job may go, and the row neither goes with it nor keeps it."""

from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.core import checks
from django.db import IntegrityError, connection, transaction
from django.db.models import ForeignKey
from django.test.utils import CaptureQueriesContext

from task.jobs.models import Job, JobForeignKey, unlisted
from tests.workbench.models import Receipt

pytestmark = pytest.mark.django_db


def job(title: str = "x", **columns: Any) -> Job:
    return Job.objects.create(**{"kind": "workbench.empty", "title": title, **columns})


@pytest.fixture
def receipt() -> Receipt:
    return Receipt.objects.create(job=job("first"), other=job("second"))


def test_it_is_the_job_and_its_key(receipt, django_assert_num_queries):
    row = Receipt.objects.get()
    with django_assert_num_queries(1):
        assert row.job_id == row.job.pk == row.job.pk
    assert list(Receipt.objects.filter(job=row.job_id)) == list(Receipt.objects.filter(job__title="first")) == [row]
    assert not Receipt.objects.filter(job__title="second")
    assert list(Receipt.objects.exclude(other=row.job_id)) == [row]


def test_a_job_that_is_gone_reads_as_none_and_is_asked_for_once(receipt, django_assert_num_queries):
    keys = receipt.job_id, receipt.other_id
    with CaptureQueriesContext(connection) as queries:
        Job.objects.filter(pk=keys[0]).delete()
        Job.objects.get(pk=keys[1]).delete()
    assert not [query["sql"] for query in queries if "receipt" in query["sql"]]
    row = Receipt.objects.get()
    with django_assert_num_queries(2):
        for _ in range(2):
            assert row.job is None
            assert row.other is None
    assert (row.job_id, row.other_id) == keys
    row.save()
    assert Receipt.objects.filter(job=keys[0], other=keys[1]).exists()
    row.full_clean()


def test_a_row_whose_key_changes_is_asked_anew(receipt):
    Job.objects.all().delete()
    row = Receipt.objects.get()
    assert row.job is None
    row.job_id = job("third").pk
    assert row.job.title == "third"


def test_rows_whose_job_is_gone_stay_in_a_list_that_selects_it(receipt, django_assert_num_queries):
    Receipt.objects.create(job_id=uuid4())
    with django_assert_num_queries(1):
        rows = Receipt.objects.select_related("job", "other").defer(*unlisted("job"), *unlisted("other")).order_by("pk")
        found = [(row.job and row.job.title, row.other and row.other.title) for row in rows]
    assert found == [("first", "second"), (None, None)]
    with django_assert_num_queries(3):  # one for each of the two columns
        rows = Receipt.objects.prefetch_related("job", "other").order_by("pk")
        assert [(row.job and row.job.title, row.other and row.other.title) for row in rows] == found


def test_a_column_that_is_unique_or_not_null_stays_so(receipt):
    for columns in ({"job_id": receipt.job_id}, {"job_id": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Receipt.objects.create(**columns)


def test_the_job_knows_no_way_back(receipt):
    assert not [name for name in dir(Job) if "receipt" in name]
    with pytest.raises(Exception, match="Cannot resolve keyword 'receipt'"):
        Job.objects.filter(receipt=receipt)


def test_migrations_have_a_plain_foreign_key():
    _, path, args, options = Receipt._meta.get_field("other").deconstruct()
    assert (path, args) == ("django.db.models.ForeignKey", [])
    plain: Any = ForeignKey(**options)
    assert (plain.remote_field.related_name, plain.db_constraint) == ("+", False)
    assert checks.run_checks([apps.get_app_config("workbench")]) == []


def job_keys() -> list[Any]:
    fields = (field for model in apps.get_models() for field in model._meta.concrete_fields)
    return [field for field in fields if isinstance(field, JobForeignKey)]


@pytest.mark.parametrize("field", job_keys(), ids=str)
def test_the_table_has_the_column_as_its_field_says(field):
    """The migrations changed nothing there: kept are the column, its type, whether it is null, unique and indexed."""
    inspect, table = connection.introspection, field.model._meta.db_table
    with connection.cursor() as cursor:
        column = next(each for each in inspect.get_table_description(cursor, table) if each.name == field.column)
        of_jobs = next(each for each in inspect.get_table_description(cursor, "jobs_job") if each.name == "id")
        rules = inspect.get_constraints(cursor, table).values()
    assert column.type_code == of_jobs.type_code
    assert column.null_ok == field.null
    own = [rule for rule in rules if rule["columns"] == [field.column]]
    assert not any(rule["foreign_key"] for rule in own)
    assert any(rule["unique"] for rule in own) == field.unique
    assert any(rule["index"] and not rule["unique"] for rule in own) == (field.db_index and not field.unique)
