"""The walls of the house: who may know whom, and what stands alone."""

import ast
import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests import graph

ROOT = Path(__file__).resolve().parent.parent
FEATURES = (
    "accounts",
    "books",
    "orders",
    "reports",
    "playground",
    "backups",
    "schedules",
    "emails",
    "webhooks",
    "first_steps",
)
ON_TOP = ("explain", "chaos", "api", "metrics")  # optional, and named by nobody
PUBLIC = (
    "task.jobs", "task.jobs.conf", "task.jobs.models", "task.jobs.testing", "task.jobs.services", "task.jobs.pages",
)  # fmt: skip
MAY_NAME = {  # whom a feature may know besides these and itself
    "orders": ("task.books.models",),
    "api": tuple(f"task.{feature}" for feature in FEATURES),
}
MODULES = graph.modules()
ROOMS = ("kit", "face", "jobs", *FEATURES, *ON_TOP)
IMPORTS = graph.imports(MODULES)


def is_in(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def test_every_room_of_the_house_has_its_floor():
    """A new app in task/ is a feature: add it to FEATURES, and what it may name to MAY_NAME."""
    assert {path.parent.name for path in (ROOT / "task").glob("*/__init__.py")} == set(ROOMS)


def test_there_is_no_circle():
    assert graph.circles(IMPORTS) == []


def arrows(*packages: str, imports: graph.Graph = IMPORTS) -> Iterator[tuple[str, str]]:
    """(from, to) of every import out of these packages into another part of the house."""
    for name, targets in imports.items():
        if is_in(name, *packages):
            yield from ((name, target) for target in sorted(targets) if not is_in(target, *packages))


def test_what_features_stand_on_knows_none_of_them_and_not_the_project():
    for height, package in enumerate(graph.BELOW):
        for name, target in arrows(package):
            assert is_in(target, *graph.BELOW[:height]), (
                f"{name} imports {target}: arrows run from kit up to jobs, never back."
            )


def strangers(feature: str, imports: graph.Graph = IMPORTS) -> list[str]:
    """What a feature names that is not for it, each as a sentence that says what to do."""
    may = (
        "task.kit",
        "task.face",
        *PUBLIC[1:],
        *MAY_NAME.get(feature, ()),
    )
    return [
        f"{name} imports {target}: a feature knows kit, face and the public face of the jobs ({', '.join(PUBLIC)}), so "
        "that others can be taken out. Ask through its own rows; or, if the house is to have this arrow, add it to "
        "MAY_NAME in tests/test_walls.py, and to GO, so that both are taken out together."
        for name, target in arrows(f"task.{feature}", imports=imports)
        if target != "task.jobs" and not is_in(target, *may)
    ]


@pytest.mark.parametrize("feature", FEATURES + ON_TOP)
def test_a_feature_knows_the_public_face_alone(feature):
    assert strangers(feature) == []


def test_a_feature_that_reads_books_is_told_so_in_a_sentence(tmp_path):
    file = tmp_path / "tasks.py"
    file.write_text("from task.books.models import Book\nfrom task.jobs import job\nfrom task.kit import keys\n")
    imports = graph.imports(MODULES | {"task.stamps.tasks": file})
    (said,) = strangers("stamps", imports)
    assert said.startswith("task.stamps.tasks imports task.books.models: a feature knows kit, face and")
    assert "MAY_NAME" in said


def test_nobody_names_what_is_optional():
    for name, targets in IMPORTS.items():
        for optional in ON_TOP:
            if name != "celerytask.urls" and not is_in(name, f"task.{optional}"):
                assert not any(is_in(target, f"task.{optional}") for target in targets), (
                    f"{name} imports task.{optional}."
                )


def test_the_engine_stands_in_floors():
    rooms = {name for name in MODULES if name.startswith("task.jobs.engine.")}
    assert rooms == {name for name in graph.FLOOR if name.startswith("task.jobs.engine.")}, (
        "A room without a floor, or gone."
    )
    for name in sorted(rooms):
        for target in sorted(IMPORTS[name]):
            floor = 3 if is_in(target, "task.jobs.services") else graph.FLOOR.get(target, -1)
            assert floor <= graph.FLOOR[name], (
                f"{name} (floor {graph.FLOOR[name]}) imports {target} (floor {floor}): an arrow upwards."
            )
        assert graph.late_imports(MODULES[name]) == [], f"{name} imports inside a function."


def test_services_stand_between_the_second_floor_and_the_fourth():
    for name, target in arrows("task.jobs.services"):
        assert graph.FLOOR.get(target, -1) <= 2, f"{name} imports {target}: an arrow upwards."


def state_writers() -> set[str]:
    """The modules that write the state of a job: as a column of an update, or on a job at hand."""
    found = set()
    updates = ("update", "update_if", "update_returning", "filter_update")
    for name, file in MODULES.items():
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for target in targets:
                    if (
                        isinstance(target, ast.Attribute)
                        and target.attr == "state"
                        and "job" in ast.unparse(target.value)
                    ):
                        found.add(name)
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in updates:
                words = [word for word in node.keywords if word.arg == "state"]
                of_jobs = "Job." in ast.unparse(node.func) or "job" in ast.unparse(node).split("(")[0].lower()
                if words and (of_jobs or ast.unparse(node.func).startswith("update_")):
                    found.add(name)
    return found


def test_one_file_writes_the_state_of_a_job():
    assert state_writers() == {"task.jobs.engine.transitions"}


def test_templates_load_and_include_no_further_up_than_their_app_may_know():
    height = {"face": 1, "jobs": 2}
    libraries = {"desk": "face", "jobs": "jobs", "play": "playground"}
    for name, needs in graph.templates().items():
        app = graph.template_app(name)
        if app == "email bodies":
            continue
        for need in sorted(needs):
            target = (
                libraries.get(need.removeprefix("load "), "") if need.startswith("load ") else graph.template_app(need)
            )
            if target and target != app:
                assert height.get(target, 9) < height.get(app, 8), f"{name} needs “{need}” of {target}."


SETTINGS = """
SECRET_KEY = "x"
INSTALLED_APPS = [
    "task.face", "task.jobs", "shop", "crispy_forms", "crispy_bootstrap5", "django_filters",
    "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.messages",
    "django.contrib.staticfiles", "django.contrib.humanize",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [{
    "BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": ["templates"], "APP_DIRS": True,
    "OPTIONS": {"context_processors": [
        "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages", "task.face.menu.menu",
    ]},
}]
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"
STATIC_URL = "/static/"
LOGIN_URL = "/"
ALLOWED_HOSTS = ["testserver"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
ROOT_URLCONF = "shop.urls"
"""
MODELS = """
from django.db import models

class Tin(models.Model):
    number = models.IntegerField(unique=True)
"""
TASKS = """
from shop.models import Tin
from task.jobs import job

@job("shop.stock", title="Stock {total} tins")
def stock(run, total):
    for part in run.batches(range(total), size=3):
        with run.step() as tally:
            Tin.objects.bulk_create(Tin(number=n) for n in part)
            tally["made"] += len(part)
    return "{made} tins."
"""
VIEWS = """
from django import forms
from django.urls import include, path

from shop.tasks import stock
from task.jobs.pages import JobFormView

class StockForm(forms.Form):
    total = forms.IntegerField()

class StockView(JobFormView):
    form_class = StockForm
    task = stock
    template_name = "stock.html"
    success_url = "/jobs/"

urlpatterns = [path("", include("task.jobs.urls")), path("stock/", StockView.as_view(), name="stock")]
"""
FORM = """
{% extends "base.html" %}{% block heading %}Stock{% endblock %}
{% block content %}{% include "_form.html" with submit="Stock" %}{% endblock %}
"""
TRY = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0, run_syncdb=True)
from celery import Celery
Celery("shop", broker="redis://127.0.0.1:9/0").set_default()
from shop.tasks import stock
from shop.models import Tin
from task.jobs.testing import assert_survives, execute_all
call_command("check", fail_level="WARNING")
job = stock.delay(total=10)
assert job.notified is False
execute_all()
job.refresh_from_db()
print(job.state, job.message, Tin.objects.count())
Tin.objects.all().delete()
print(assert_survives(stock, total=7) > 10)
from django.contrib.auth.models import User
from django.test import Client
client = Client(); client.force_login(User.objects.create_user("ann"))
print([client.get(path).status_code for path in ("/jobs/", "/stock/")])
print(client.post("/stock/", {"total": 3}).url, client.get(f"/jobs/{stock.delay(total=1).pk}/").status_code)
"""


def test_what_features_stand_on_works_alone_in_an_empty_project(tmp_path):
    """kit, face and jobs with their templates: lists of jobs, a form of another project's, and the proof."""
    without = shutil.ignore_patterns("__pycache__")
    for folder in ("task/kit", "task/face", "task/jobs", "templates/jobs", "static"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=without)
    for file in (ROOT / "templates").glob("*.html"):
        shutil.copy(file, tmp_path / "templates")
    (tmp_path / "task/__init__.py").touch()
    (tmp_path / "shop").mkdir()
    files = {
        "settings.py": SETTINGS,
        "shop/__init__.py": "",
        "shop/tasks.py": TASKS,
        "shop/models.py": MODELS,
        "shop/urls.py": VIEWS,
        "templates/stock.html": FORM,
        "attempt.py": TRY,
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    done = run(tmp_path, [sys.executable, "attempt.py"], DJANGO_SETTINGS_MODULE="settings")
    said = done.stdout.splitlines()[-4:]
    assert said == ["succeeded 10 tins. 10", "True", "[200, 200]", "/jobs/ 404"], done.stdout + done.stderr


GO = [
    "orders",
    "orders books",
    "reports",
    "playground",
    "backups",
    "schedules",
    "emails",
    "webhooks",
    "first_steps",
]  # accounts: log-in


@pytest.mark.parametrize("features", GO)
def test_a_feature_that_no_other_names_goes_with_two_lines(features, tmp_path):
    # An app may stand beside task/, too
    roots = {app.partition(".")[0] for app in settings.INSTALLED_APPS} - {"tests"}
    if needs := beside_that_need(roots - {"task", "celerytask"}, features.split()):
        pytest.skip(f"{' and '.join(needs)}, beside task/, can't be without {features}.")
    for folder in ("templates", "static", *(root for root in sorted(roots) if (ROOT / root).is_dir())):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manage.py", tmp_path)
    assert [said for feature in FEATURES for said in strangers(feature)] == []
    for feature in features.split():
        take_out(tmp_path, feature)
    (tmp_path / "attempt.py").write_text(
        textwrap.dedent("""
        import django; django.setup()
        from django.core.management import call_command
        call_command("check"); call_command("migrate", verbosity=0)
        from django.contrib.auth import get_user_model
        from django.test import Client
        ann = get_user_model().objects.create_superuser("ann", "ann@example.org", "pw")
        print([Client().get("/").status_code])
        client = Client(); client.force_login(ann)
        print([client.get(path).status_code for path in ("/", "/jobs/", "/users/", "/generate/")])
        """)
    )
    done = run(
        tmp_path, [sys.executable, "attempt.py"], DJANGO_SETTINGS_MODULE="celerytask.settings", SECRET_KEY="x",
        ALLOWED_HOSTS="testserver", SITE_URL="http://testserver", VAR_DIR=str(tmp_path / "var"),
        DATABASE_URL=f"sqlite:///{tmp_path}/db.sqlite3", CELERY_BROKER_URL="redis://127.0.0.1:9/0",
        DEBUG="1",
    )  # fmt: skip
    assert "[200]\n[200, 200, 200, 200]" in done.stdout, done.stdout + done.stderr[-3000:]


def beside_that_need(roots: set[str], features: list[str]) -> list[str]:
    """Of the apps beside task/ those that name one of these features: they go with it."""
    named = re.compile(rf"\btask\.({'|'.join(features)})\b|[\"']({'|'.join(features)})\.")
    return [
        root for root in sorted(roots) if any(named.search(path.read_text()) for path in (ROOT / root).rglob("*.py"))
    ]


def test_an_app_beside_task_that_names_a_feature_goes_with_it(tmp_path, monkeypatch):
    for name, text in (("club", "from task.books.models import Book"), ("choir", 'to = "orders.Order"'), ("go", "")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "models.py").write_text(text)
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    assert beside_that_need({"club", "choir", "go", "django"}, ["orders", "books"]) == ["choir", "club"]
    assert beside_that_need({"club", "choir", "go", "django"}, ["books"]) == ["club"]


def take_out(folder: Path, feature: str) -> None:
    shutil.rmtree(folder / "task" / feature)
    pages = "emails/pages" if feature == "emails" else feature  # the bodies beside them are of who sends them
    shutil.rmtree(folder / "templates" / pages, ignore_errors=True)
    for name, gone in (("settings.py", f'"task.{feature}",'), ("urls.py", f'"task.{feature}.urls"')):
        file = folder / "celerytask" / name
        lines = file.read_text().splitlines(keepends=True)
        rest = [line for line in lines if gone not in line]
        assert len(lines) - len(rest) == 1
        file.write_text("".join(rest))


def run(folder: Path, command: list[str], **environment: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(command, cwd=folder, env={**kept, **environment}, capture_output=True, text=True, timeout=120)


def test_the_map_of_the_engine_names_every_room_and_no_other():
    folder = ROOT / "task/jobs"
    rooms = {path.stem for place in (".", "engine", "services") for path in (folder / place).glob("*.py")}
    words = ast.get_docstring(ast.parse((folder / "__init__.py").read_text())) or ""
    named = set(re.findall(r"`(\w+)`", words))
    assert named == (rooms | {"services", "pages"}) - {"__init__", "apps"}
