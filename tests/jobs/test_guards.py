"""What would lose or double work is refused with a sentence."""

import inspect

import pytest

from task.jobs import job
from task.jobs.engine import guards
from task.jobs.engine.declare import JobTask
from task.jobs.engine.errors import Misuse
from task.jobs.engine.executor import execute
from task.jobs.engine.registry import KINDS, OPTIONS
from task.jobs.models import Job
from tests.workbench import tasks
from tests.workbench.models import Thing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ("write outside", "wrote to the database outside"),
        ("delete outside", "wrote to the database outside"),
        ("write outside, commented", "wrote to the database outside"),
        ("no step", "went by without its"),
        ("two steps", "exactly one step"),
        ("step outside", "belongs into a loop"),
        ("queryset", "takes a range or a list"),
        ("no drain", "the same rows twice"),
        ("mail in step", "tried to send an email inside a step"),
        ("http in step", "tried to ask another service inside a step"),
        ("then outside", "belongs into `with run.step"),
        ("two loops", "A job has one loop"),
        ("step in a transaction", "inside a transaction of its own"),
    ],
)
def test_misuse_fails_with_a_sentence_for_staff(how, sentence):
    if how in ("queryset", "no drain", "write outside, commented"):
        Thing.objects.create(name="one")
    row = tasks.misuse.delay(how=how)
    execute(row.pk)
    row.refresh_from_db()
    assert row.state == "failed"
    assert sentence in row.traceback
    assert not Thing.objects.filter(name="outside").exists()


def test_a_lost_lease_is_not_swallowed_by_except_exception():
    job = tasks.misuse.delay(how="swallow")
    execute(job.pk)
    assert Thing.objects.count() == 0
    assert Job.objects.get(pk=job.pk).done == 0


def test_a_second_finish_is_told_in_the_log_and_changes_nothing(caplog):
    job = tasks.misuse.delay(how="finish twice")
    execute(job.pk)
    assert "stands once" in caplog.text
    assert Job.objects.get(pk=job.pk).state == "succeeded"


def test_no_argument_is_called_as_an_option_of_its_call():
    own = set(inspect.signature(JobTask.apply_async).parameters) - {"options", "args", "kwargs", "countdown", "eta"}
    assert own | {"task", "title", "parent"} == OPTIONS


def test_many_comments_before_a_statement_cost_next_to_nothing():
    assert guards._WRITE.match("/* a */ " * 10_000 + "UPDATE x")
    assert not guards._WRITE.match("/* a */ -- b\n" * 10_000 + "SELECT 1")
    assert not guards._WRITE.match("/* UPDATE */ SELECT '/* */ UPDATE'")


@pytest.mark.parametrize("name", sorted(OPTIONS))
def test_no_argument_has_a_name_that_submit_has_taken(name):
    function = {}
    exec(f"def work(run, {name}): pass", function)
    with pytest.raises(Misuse, match=f"“{name}”"):
        job("workbench.taken", title="x")(function["work"])


def test_two_kinds_have_two_names():
    def another(run):
        return "This would run where the first was asked for."

    with pytest.raises(Misuse, match=r"Two kinds of job are called workbench\.empty"):
        job("workbench.empty", title="x")(another)
    assert KINDS["workbench.empty"].task is tasks.do_nothing


# What is wrong with a kind is said where it is declared


def test_a_title_names_only_arguments():
    with pytest.raises(Misuse, match=r"The title of guards\.title has \{plce\}, and its arguments are \(place\)"):

        @job("guards.title", title="Somewhere: {plce}")
        def somewhere(run, place):
            return ""


def test_the_first_argument_is_the_run():
    with pytest.raises(Misuse, match=r"guards\.nothing: its function takes nothing, and its first argument is the run"):

        @job("guards.nothing", title="Nothing")
        def nothing():
            return ""


@job("guards.number", title="A number")
def number(run):
    return 5


@job("guards.values", title="Values")
def values(run):
    for _ in run.drain(Thing.objects.values_list("pk")):
        with run.step():
            pass
    return ""


@pytest.mark.parametrize(
    ("task", "says"), [(number, "of type int: what a job returns is its last sentence"), (values, "takes rows")]
)
def test_a_habit_of_celery_or_of_querysets_is_told(task, says):
    Thing.objects.create(name="one")
    row = task.delay()
    execute(row.pk)
    row.refresh_from_db()
    assert row.state == "failed"
    assert says in row.traceback
