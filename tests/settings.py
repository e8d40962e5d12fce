"""The desk's own settings in the tests: a database of their own, quick hashes, no broker unless a test starts one."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

os.environ.setdefault("SECRET_KEY", "tests only")
os.environ.setdefault("ALLOWED_HOSTS", "localhost,127.0.0.1,testserver")
os.environ.setdefault("SITE_URL", "http://testserver")
if "VAR_DIR" not in os.environ:
    os.environ["VAR_DIR"] = tempfile.mkdtemp(prefix="desk-tests-")
    atexit.register(shutil.rmtree, os.environ["VAR_DIR"], ignore_errors=True)
os.environ["CELERY_BROKER_URL"] = os.environ.get("TEST_BROKER_URL", "redis://127.0.0.1:9/0")  # nobody listens there
os.environ["DATABASE_URL"] = os.environ.get("TEST_RUN_DATABASE_URL", f"sqlite:///{os.environ['VAR_DIR']}/desk.sqlite3")
# Nobody listens there: a test that wants answers starts its own service.
os.environ["OPENLIBRARY_URL"] = os.environ.get("TEST_OPENLIBRARY_URL", "http://127.0.0.1:9")
os.environ |= {
    name: os.environ.get(f"TEST_{name}", "http://127.0.0.1:9")
    for name in ("K10PLUS_URL", "DNB_URL", "LOC_URL", "BNF_URL", "GOOGLE_BOOKS_URL")
}
os.environ["SOURCES"] = os.environ.get("TEST_SOURCES", "openlibrary,catalogue")
os.environ["COVERS_URL"] = os.environ.get("TEST_COVERS_URL", "http://127.0.0.1:9")
os.environ["GITHUB_API_URL"] = os.environ.get("TEST_GITHUB_API_URL", "http://127.0.0.1:9")

from celerytask.environment import TERMINAL_EMAIL
from celerytask.settings import *  # noqa: F403
from celerytask.settings import DATABASES, INSTALLED_APPS, TEMPLATES, VAR_DIR

if "sqlite" in DATABASES["default"]["ENGINE"]:
    # A file and not memory: threads, savepoints and locks behave as they do for people.
    DATABASES["default"]["TEST"] = {"NAME": str(Path(VAR_DIR) / "test.sqlite3")}
    # What nothing puts in order comes backwards, so that whoever counts on an order without asking for it is found.
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA reverse_unordered_selects=ON;"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},  # worker processes read it too
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
AXES_ENABLED = False
# A worker process of a test prints its emails (console), or sends them to the test's own server (smtp).
_email = os.environ.get("TEST_EMAIL", "locmem")
EMAIL_BACKEND = TERMINAL_EMAIL if _email == "console" else f"django.core.mail.backends.{_email}.EmailBackend"
WHITENOISE_AUTOREFRESH = True

if "TEST_WITHOUT_WORKBENCH" not in os.environ:  # a worker of another version, which does not know its kinds
    INSTALLED_APPS = [*INSTALLED_APPS, "tests.workbench"]
TEMPLATES = [{**TEMPLATES[0], "DIRS": [*TEMPLATES[0]["DIRS"], Path(__file__).parent / "templates"]}]

JOBS_STOP_SECONDS = float(os.environ.get("TEST_STOP_SECONDS", "8"))
# A worker process of a test with numbers of its own: TEST_JOBS_LEASE_SECONDS=1
_numbers = {name.removeprefix("TEST_"): value for name, value in os.environ.items() if name.startswith("TEST_JOBS_")}
globals().update({name: float(value) for name, value in _numbers.items()})
