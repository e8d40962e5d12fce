"""How this works: the source is what this process runs, of the project alone; the reader's own job is marked."""

import importlib
import inspect
import re
import sys
import sysconfig
from html import unescape
from pathlib import Path
from textwrap import dedent

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.template.loader import get_template
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone
from django.views.generic import FormView

from task.explain import explain
from task.explain.panels import below_a_page
from task.jobs.engine.executor import execute
from task.jobs.engine.registry import KINDS
from task.jobs.engine.transitions import claim
from task.jobs.models import Job, State
from task.jobs.pages import JobFormView
from tests.workbench import tasks

GENERATE = "accounts.generate"
BROKER, WORKER = 2, 3


def person(name, **fields):
    return get_user_model().objects.create_user(name, f"{name}@example.org", "pw", **fields)


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def text(html):
    return unescape(re.sub(r"<[^>]+>", "", html))


def stations(page):
    """The looks of the five stations of a page, and the words on their flag."""
    looks = re.findall(r'<li class="station(?: station-(\w+))?"', page)
    return looks, "".join(re.findall(r'class="flag">([^<]+)<', page))


@pytest.fixture
def the_views():
    get_resolver("celerytask.urls").reverse_dict  # noqa: B018  imports every view, as a web process does


def form_views(base=JobFormView):
    """Those of the features, without what several of them share."""
    below = [view for view in base.__subclasses__() if view.__module__.startswith("task.")]
    return [view for view in below if hasattr(view, "task")] + [each for view in below for each in form_views(view)]


def test_each_form_of_the_desk_shows_its_whole_source(the_views):
    assert len(form_views()) >= 5
    for view in form_views():
        kind = view.task.kind
        shown = {source.part: source for source in explain.Explanation(kind, view=view).sources}
        assert text(shown["View"].html) == inspect.getsource(view).rstrip("\n")
        assert text(shown["Task"].html) == inspect.getsource(kind.function).rstrip("\n")
        template = Path(get_template(view.template_name).origin.name).read_text()
        assert text(shown["Template"].html) == template.rstrip("\n")
        if view.form_class.__module__.startswith("django."):
            assert "Form" not in shown
        else:
            assert text(shown["Form"].html) == inspect.getsource(view.form_class).rstrip("\n")
        for source in shown.values():
            assert (Path(settings.BASE_DIR) / source.path).is_file()
            assert "style=" not in re.sub(r">[^<]*<", "><", source.html)


def test_a_line_number_is_that_of_the_file(the_views):
    source = next(source for source in explain.explanation_of(GENERATE).sources if source.part == "Task")
    lines = (Path(settings.BASE_DIR) / source.path).read_text().splitlines()[source.line - 1 :]
    assert "".join(lines[:2]).replace(" ", "").startswith('@job("accounts.generate"')


def test_a_kind_without_a_form_shows_its_task_alone():
    shown = explain.Explanation(tasks.walk_pages.kind)
    assert [source.part for source in shown.sources] == ["Task"]
    assert [station.name for station in shown.stations] == ["Program", "Row", "Broker", "Worker", "List"]
    assert shown.stations[WORKER].file == "workbench/tasks.py"
    assert shown.stations[BROKER].file == "engine/broker.py"


def test_who_started_it_is_told_as_it_was(the_views, alice, bob):
    def first(reader, **columns):
        job = Job.objects.create(**{"kind": GENERATE, "title": "x", "owner": alice, **columns})
        return explain.explanation_of(GENERATE, job=job, reader=reader).stations[0].words

    of_form = "Sent twice, it is still one job."
    assert first(alice, unique_key="a form's") == f"You sent it. {of_form}"
    assert first(alice) == "You sent it."  # from a shell
    assert first(bob, unique_key="another form's") == f"Its owner sent it. {of_form}"
    assert explain.explanation_of(GENERATE).stations[0].words == f"You send it. {of_form}"
    parent = Job.objects.create(kind="x", title="x", owner=alice)
    for columns in ({"owner": None}, {"parent": parent}):
        assert first(alice, **columns) == "No form: a schedule, a shell or another job started it."


def test_a_kind_of_which_no_feature_knows_has_no_way():
    assert explain.explanation_of("gone.kind") is None


@pytest.fixture
def temporary_app(tmp_path, monkeypatch, settings):
    """A feature in a folder of its own, outside of the project's."""
    folder = tmp_path / "orders_for_how"
    (folder / "templates" / "orders").mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "tasks.py").write_text(
        dedent("""
        from task.jobs import job

        @job("orders.NAME", title="Send {count} orders")
        def send(run, count):
            return "<b>sent</b>"
        """).replace("NAME", tmp_path.name)
    )
    (folder / "views.py").write_text(
        dedent("""
        from django import forms
        from task.jobs.pages import JobFormView
        from orders_for_how.tasks import send

        class OrdersForm(forms.Form):
            count = forms.IntegerField()

        class OrdersView(JobFormView):
            form_class = OrdersForm
            task = send
            template_name = "orders/send.html"
            success_url = "/jobs/"
        """)
    )
    (folder / "settings.py").write_text("SECRET = 1\n")
    (folder / "templates" / "orders" / "send.html").write_text("{% extends 'base.html' %}")
    monkeypatch.syspath_prepend(tmp_path)
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "orders_for_how"]
    views = importlib.import_module("orders_for_how.views")
    yield folder
    del KINDS[views.send.kind.name]
    for name in [name for name in sys.modules if name.startswith("orders_for_how")]:
        del sys.modules[name]


def test_a_feature_from_elsewhere_shows_its_own(temporary_app):
    assert apps.is_installed("orders_for_how")
    shown = explain.explanation_of(f"orders.{temporary_app.parent.name}")
    assert [(source.part, source.path) for source in shown.sources] == [
        ("Form", "orders_for_how/views.py"),
        ("View", "orders_for_how/views.py"),
        ("Task", "orders_for_how/tasks.py"),
        ("Template", "orders_for_how/templates/orders/send.html"),
    ]
    assert shown.stations[0].file == "orders_for_how/views.py"
    assert "&lt;b&gt;sent" in shown.sources[2].html
    assert explain.shown_path(str(temporary_app / "settings.py")) == ""


def test_only_files_of_the_project_are_shown_and_never_settings(temporary_app, tmp_path):
    base = Path(settings.BASE_DIR)
    secret = Path(settings.VAR_DIR) / "notes.py"
    for file in (
        base / "celerytask/settings.py",
        base / "tests/settings.py",
        base / ".env",
        base / ".hidden/module.py",
        base / ".venv/lib/python3/site-packages/django/forms/forms.py",
        base / "Makefile",
        base / "../elsewhere.py",
        tmp_path.parent / "other.py",
        secret,
        Path(inspect.getsourcefile(inspect)),
        Path(inspect.getsourcefile(FormView)),
        Path(sysconfig.get_path("purelib")) / "module.py",
        Path("/etc/passwd"),
    ):
        assert explain.shown_path(str(file)) == "", file
    assert explain.shown_path(None) == ""
    assert explain.shown_path(str(base / "task/explain/explain.py")) == "task/explain/explain.py"


def test_a_link_does_not_lead_out_of_the_project(temporary_app, tmp_path):
    outside = tmp_path.parent / f"{tmp_path.name}-outside.py"
    outside.write_text("secret = 1\n")
    link = temporary_app / "linked.py"
    link.symlink_to(outside)
    assert explain.shown_path(str(link)) == ""


def test_what_has_no_source_is_left_out():
    made = type("MadeView", (), {"form_class": type("MadeForm", (), {}), "template_name": "admin/base.html"})
    assert [source.part for source in explain.sources(tasks.do_nothing.kind.function, made)] == ["Task"]
    made.template_name = "there/is/none.html"
    assert [source.part for source in explain.sources(lambda run: None, made)] != []


@pytest.mark.django_db
def test_files_are_read_once_a_process(client, monkeypatch):
    page = client.get("/").content
    assert b"generate_random_users" in page
    for name in ("getsourcelines", "getsourcefile"):
        monkeypatch.setattr(inspect, name, lambda thing: pytest.fail("read again"))
    assert client.get("/").content.count(b"generate_random_users") == page.count(b"generate_random_users")


def test_without_pygments_the_words_stand_plain(monkeypatch):
    monkeypatch.setitem(sys.modules, "pygments.lexers", None)
    assert explain.highlight("a = '<b>'\n", "python") == "a = &#x27;&lt;b&gt;&#x27;\n"


def test_three_colours_and_nothing_unescaped():
    html = explain.highlight('@job("x")\ndef f(run):  # a "note"\n    return "<script>"', "python")
    assert '<span class="k">@job</span>' in html
    assert '<span class="c"># a &quot;note&quot;</span>' in html
    assert '<span class="s">&quot;&lt;script&gt;&quot;</span>' in html
    assert set(re.findall(r'class="(\w+)"', html)) == {"k", "s", "c"}
    assert "<script>" not in explain.highlight("<script>{{ a }}</script>", "django")


def test_a_second_view_of_a_kind_explains_itself_and_a_job_the_first(the_views, rf):
    first = KINDS[GENERATE].view

    class SecondView(first):
        task = first.task

    view = SecondView()
    view.setup(rf.get("/"))
    view.request.user = AnonymousUser()
    context = view.get_context_data(form=None)
    _, shown = below_a_page(view.request, context["job_kind"], context["view"], "")
    assert shown["explanation"].view is SecondView
    assert explain.explanation_of(GENERATE).view is first


# The way of a submission

REACHED = {"queued": 2, "running": 3, "succeeded": 4, "failed": 3, "cancelled": 3}


@pytest.mark.django_db
@pytest.mark.parametrize("state", list(State))
def test_the_own_job_is_marked_where_it_is(state):
    alice = person("alice")
    job = tasks.do_nothing.apply_async(owner=alice)
    Job.objects.filter(pk=job.pk).update(state=state, claims=1)
    at = REACHED[state]
    looks, flag = stations(client_of(alice).get(job.get_absolute_url()).content.decode())
    assert looks == ["reached"] * at + ["yours"] + ["ahead"] * (4 - at)
    assert flag == ("yours stopped here" if state in ("failed", "cancelled") else "yours is here")


@pytest.mark.django_db
def test_a_job_that_waits_for_its_time_rests_in_its_row():
    alice = person("alice")
    job = tasks.do_nothing.apply_async(owner=alice)
    Job.objects.filter(pk=job.pk).update(run_after=timezone.now())
    looks, _ = stations(client_of(alice).get(job.get_absolute_url()).content.decode())
    assert looks.index("yours") == 1


@pytest.mark.django_db
def test_somebody_elses_job_is_not_called_ones_own():
    job = tasks.do_nothing.apply_async(owner=person("alice"))
    claim(job.pk)
    page = client_of(person("sam", is_staff=True)).get(job.get_absolute_url()).content.decode()
    assert stations(page)[1] == "it is here"


@pytest.mark.django_db
def test_the_live_part_moves_the_mark_and_tells_when_a_worker_was_lost():
    alice = person("alice")
    job = tasks.do_nothing.apply_async(owner=alice)
    client = client_of(alice)
    live = reverse("job_live", args=[job.pk])
    assert 'id="how-path" hx-swap-oob="true"' in client.get(live).content.decode()
    assert "That is what happened here" not in client.get(live).content.decode()
    claim(job.pk)
    lost = {"what": "worker lost", "done": 0, "when": "2026-02-03T14:03:29+00:00"}
    Job.objects.filter(pk=job.pk).update(history=[lost])
    page = client.get(live).content.decode()
    assert stations(page)[0].index("yours") == 3
    assert "14:03:29</time>." in page.split("That is what happened here")[1]


@pytest.mark.django_db(transaction=True)
def test_a_form_shows_ones_last_submission_of_its_kind():
    alice, bob = person("alice"), person("bob")
    client = client_of(alice)
    page = client.get(reverse("generate")).content.decode()
    assert stations(page) == ([""] * 5, "")
    client.post(reverse("generate"), {"form_token": "t", "total": 50})
    job = Job.objects.get(kind=GENERATE)
    tasks.do_nothing.apply_async(owner=alice)  # another kind, later
    page = client.get(reverse("generate")).content.decode()
    assert stations(page)[0].index("yours") == 2
    assert job.get_absolute_url() in page
    execute(job.pk)
    assert stations(client.get(reverse("generate")).content.decode())[0].index("yours") == 4
    assert stations(client_of(bob).get(reverse("generate")).content.decode()) == ([""] * 5, "")


@pytest.mark.django_db
def test_a_strangers_form_explains_itself_too(client):
    page = client.get(reverse("signup")).content.decode()
    assert "class SignUpByEmailView(SignUpView)" in text(page)
    assert stations(page) == ([""] * 5, "")
    assert explain.last_of(AnonymousUser(), KINDS[GENERATE]) is None


@pytest.mark.django_db
def test_looking_for_the_last_one_stays_cheap_among_many(django_assert_num_queries):
    alice = person("alice")
    old = tasks.do_nothing.apply_async(owner=alice)
    Job.objects.filter(pk=old.pk).update(created="2020-01-01T00:00Z")
    fields = {"kind": "other", "title": "x", "owner": alice}
    Job.objects.bulk_create([Job(**fields) for _ in range(explain.NEWEST)])
    with django_assert_num_queries(1):
        assert explain.last_of(alice, tasks.do_nothing.kind) is None  # too long ago to be worth a search


@pytest.mark.django_db
def test_the_landing_page_shows_the_real_task(client):
    page = text(client.get("/").content.decode())
    assert inspect.getsource(KINDS[GENERATE].function).rstrip("\n") in page
