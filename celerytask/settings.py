"""Settings: all from the environment, each wrong value one sentence at the start.

manage.py sets LOCAL=1, for `up` and where nothing of a server's is set, and nothing else does: embedded broker,
SQLite under VAR_DIR, a secret key made once.
"""

import logging
import os
import sys
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.templatetags.static import static
from django.utils.functional import lazy
from whitenoise.compress import Compressor

from celerytask import environment as env
from celerytask import sentry
from task.jobs import conf

BASE_DIR = Path(__file__).resolve().parent.parent

# Where this copy lives
LOCAL = env.switch("LOCAL")
DEBUG = env.switch("DEBUG")
VAR_DIR = Path(env.text("VAR_DIR") or BASE_DIR / "var").resolve()
HOST = env.text("HOST", "127.0.0.1" if LOCAL else "0.0.0.0")  # noqa: S104 -- behind a router
PORT = env.number("PORT", 8000, 1, 65_535)
IS_LOOPBACK = HOST in ("127.0.0.1", "localhost", "::1")
TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", 0)
WORKERS = env.number("WORKERS", 2, 1, 1_000)
WEB_CONCURRENCY = env.number("WEB_CONCURRENCY", 2, 1, 1_000)
WEB_THREADS = env.number("WEB_THREADS", 4, 1, 1_000)
WEB_PATIENCE = env.number("WEB_PATIENCE", 10, 1, 600)  # seconds in which the head of a request has to arrive
LARGEST_REQUEST = 20_000_000  # bytes; what is larger is refused before it is read
if LOCAL:
    env.folder(VAR_DIR)
    SECRET_KEY = env.text("SECRET_KEY") or env.secret_key_of(VAR_DIR)
    ALLOWED_HOSTS = env.hosts("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]", *([] if IS_LOOPBACK else [HOST])])
    SITE_URL = env.web_address("SITE_URL", f"http://localhost:{PORT}")
else:
    SECRET_KEY = env.required("SECRET_KEY")
    ALLOWED_HOSTS = env.hosts("ALLOWED_HOSTS")
    SITE_URL = env.web_address("SITE_URL")
env.refuse_unsafe(SECRET_KEY, ALLOWED_HOSTS, DEBUG)

# The services of others
SOURCES = env.several(  # that look-ups ask, in this order
    "SOURCES", "openlibrary,catalogue", ("openlibrary", "catalogue", "k10plus", "dnb", "loc", "bnf", "googlebooks")
)
SOURCES_ARE_DEFAULT = not env.text("SOURCES")
CATALOGUE_DIR = Path(env.text("CATALOGUE_DIR") or VAR_DIR / "catalogue").resolve()  # of the local one, from dumps
OPENLIBRARY_URL = env.web_address("OPENLIBRARY_URL", "https://openlibrary.org")
COVERS_URL = env.web_address("COVERS_URL", "https://covers.openlibrary.org")
K10PLUS_URL = env.web_address("K10PLUS_URL", "https://sru.k10plus.de/opac-de-627")
DNB_URL = env.web_address("DNB_URL", "https://services.dnb.de/sru/dnb")
LOC_URL = env.web_address("LOC_URL", "https://lx2.loc.gov/sru/lcdb")
BNF_URL = env.web_address("BNF_URL", "https://catalogue.bnf.fr/api/SRU")
GOOGLE_BOOKS_URL = env.web_address("GOOGLE_BOOKS_URL", "https://www.googleapis.com/books/v1")
GOOGLE_BOOKS_KEY = env.text("GOOGLE_BOOKS_KEY")
GOOGLE_BOOKS_KEEP = env.switch("GOOGLE_BOOKS_KEEP")  # its raw answers and covers; its terms leave little room for that
GITHUB_API_URL = env.web_address("GITHUB_API_URL", "https://api.github.com")
GITHUB_TOKEN = env.text("GITHUB_TOKEN")
EXPORTS_KEEP_DAYS = env.number("EXPORTS_KEEP_DAYS", 30, 0, 36_500)  # 0 keeps them for ever
REPORTS_KEEP_DAYS = env.number("REPORTS_KEEP_DAYS", 30, 0, 36_500)  # 0 keeps them for ever
CONTACT = env.text("CONTACT")
MEMBERS_EDIT_OWN_BOOKS = env.switch("MEMBERS_EDIT_OWN_BOOKS")
# The engine's: what holds without these says task/jobs/conf.py
vars().update(env.numbers(conf.table(), "JOBS_"))

INSTALLED_APPS = [
    "celerytask",
    "task.face",
    "task.explain",
    "task.chaos",
    "task.books",
    "task.jobs",
    "task.orders",
    "task.reports",
    "task.accounts",
    "task.playground",
    "task.emails",
    "task.webhooks",
    "task.backups",
    "task.schedules",
    "task.api",
    "task.first_steps",
    "task.metrics",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_celery_results",
    "django_celery_beat",
    "django_filters",
    "django_htmx",
    "crispy_forms",
    "crispy_bootstrap5",
    "axes",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]
MIDDLEWARE = [
    "task.face.middleware.with_request_id",
    "django.middleware.security.SecurityMiddleware",
    "task.face.middleware.no_camera",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "task.metrics.middleware.measured",
    "task.face.middleware.keep_private",
    "task.api.middleware.problem_details",
    "task.face.middleware.refuse_too_large",
    "task.face.middleware.without_nul",
    "django.middleware.gzip.GZipMiddleware",  # of random length, and tokens are masked: no answer tells its secrets
    "csp.middleware.CSPMiddleware",
    "celerytask.health.any_host",
    "task.face.away.Sessions",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "task.face.middleware.explain_buttons",
    "task.face.middleware.vary_by_partial",
    "task.face.middleware.in_readers_zone",
    "task.face.away.Away",
]
ROOT_URLCONF = "celerytask.urls"
WSGI_APPLICATION = "celerytask.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "task.face.menu.menu",
                "task.accounts.first.may_sign_up",
            ],
        },
    }
]
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Database. No ATOMIC_REQUESTS: with IMMEDIATE every page view would take SQLite's one write lock.
DATABASES: dict[str, dict[str, Any]] = {"default": env.database("DATABASE_URL", VAR_DIR / "desk.sqlite3")}
DATABASE_IS_LOCAL = DATABASES["default"]["ENGINE"].endswith("sqlite3")
DATABASES["default"] |= {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": not DATABASE_IS_LOCAL}
if DATABASES["default"]["ENGINE"].endswith("postgresql"):
    # What a PgBouncer in transaction mode can't give: nothing lives in a session after a transaction.
    DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 5,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 20_000,  # milliseconds
    } | DATABASES["default"].get("OPTIONS", {})
# PostgreSQL itself, where DATABASE_URL is a PgBouncer: pg_dump and psql would leave their settings in its sessions.
DIRECT_DATABASE = (
    env.database("DIRECT_DATABASE_URL", VAR_DIR / "desk.sqlite3") if env.text("DIRECT_DATABASE_URL") else None
)
if DATABASE_IS_LOCAL:
    # A power cut may cost the last moments with NORMAL; SQLITE_SYNCHRONOUS=FULL waits for the disk at each commit.
    synchronous = env.choice("SQLITE_SYNCHRONOUS", "NORMAL", "FULL")
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": f"PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous}; PRAGMA temp_store=MEMORY;",
    }
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "django_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
    # How often the API is asked: each process counts for itself, and no request costs a write.
    "requests": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "requests"},
}

# The broker, and who is woken by it. The socket's path must stay under 108 bytes, and stand in an address as it is.
BROKER_SOCKET = VAR_DIR / "valkey" / "valkey.sock"
if len(os.fsencode(BROKER_SOCKET)) > 100 or {*"#?;%"} & {*str(BROKER_SOCKET)}:
    BROKER_SOCKET = (
        Path(tempfile.gettempdir()) / f"desk-{sha256(os.fsencode(VAR_DIR)).hexdigest()[:16]}" / "valkey.sock"
    )
BROKER_IS_EMBEDDED = not env.text("CELERY_BROKER_URL")
CELERY_BROKER_URL = env.broker("CELERY_BROKER_URL", f"redis+socket://{BROKER_SOCKET}?virtual_host=0")
# Celery would take the address from the environment, as it stands there, before it looks at CELERY_BROKER_URL.
CELERY_BROKER_READ_URL = CELERY_BROKER_WRITE_URL = CELERY_BROKER_URL
CELERY_BROKER_TRANSPORT_OPTIONS = env.transport_options("CELERY_BROKER_URL")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_RESULT_BACKEND = "django-db"
CELERY_RESULT_EXTENDED = True
CELERY_BEAT_SCHEDULER = (
    "task.schedules.beat:JobScheduler"
    if "task.schedules" in INSTALLED_APPS
    else "django_celery_beat.schedulers:DatabaseScheduler"
)
CELERY_TIMEZONE = "UTC"

EXPLAIN_LANDING_KIND = "accounts.generate"  # whose source a stranger sees first

# People
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
SIGNUPS_AN_HOUR = env.number("SIGNUPS_AN_HOUR", 20, 1, 1_000)  # from one address: a school may have one for all
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "home"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_CALLABLE = "task.accounts.throttle.axes_username"
AXES_USERNAME_FORM_FIELD = "username"
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "task.kit.proxies.client_ip"
AXES_ENABLE_ADMIN = False
AXES_LOCKOUT_TEMPLATE = "accounts/locked.html"
AXES_DISABLE_ACCESS_LOG = True  # a row a log-in for ever, which nobody reads

# Email: to the console, or where EMAIL_URL says
vars().update(env.mail_server("EMAIL_URL", "consolemail://"))
EMAIL_TIMEOUT = 20
EMAILS_KEEP_DAYS = env.number("EMAILS_KEEP_DAYS", 30, 0, 36_500)  # 0 keeps them for ever
INVITATIONS_KEEP_DAYS = env.number("INVITATIONS_KEEP_DAYS", 90, 0, 36_500)  # after they have ended
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("DEFAULT_FROM_EMAIL", "The desk <desk@localhost>")

# Webhooks: https to public addresses alone (a local desk also speaks http), unless this is on
WEBHOOKS_ALLOW_PRIVATE = env.switch("WEBHOOKS_ALLOW_PRIVATE")
WEBHOOKS_KEEP_DAYS = env.number("WEBHOOKS_KEEP_DAYS", 30, 0, 36_500)  # 0 keeps their deliveries for ever

# Security. Copies on other ports of one machine would share cookies: hence the port in their names.
SECURE = not LOCAL and SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
if LOCAL:
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"sessionid_{PORT}", f"csrftoken_{PORT}"
CSRF_TRUSTED_ORIGINS = [SITE_URL]
CSRF_FAILURE_VIEW = "task.face.errors.csrf_failure"
HSTS = env.choice("HSTS", "on", "off", "subdomains", "preload")  # browsers then refuse http for a year
SECURE_HSTS_SECONDS = 31_536_000 if SECURE and HSTS != "off" else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HSTS in ("subdomains", "preload")
SECURE_HSTS_PRELOAD = HSTS == "preload"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS = [
    "auth.W004",  # the email is unique through its key column, in any case
    "security.W005",  # other names of the domain are whoever's HSTS says so
    "security.W008",  # http is redirected by the proxy that ends TLS: behind one that tells no scheme we would go round
    "security.W021",
]
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
X_ACCEL_REDIRECT = env.switch("X_ACCEL_REDIRECT")  # nginx sends private files once Django has said who may have them
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000_000

LANGUAGE_CODE = "en"
TIME_ZONE = env.time_zone("TIME_ZONE", "UTC")
USE_TZ = True
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# Pages name the hashed files alone, and a source map is read by developers: compressing takes longest of a first start.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")
MEDIA_ROOT = VAR_DIR / "media"
BACKUP_DIR = Path(env.text("BACKUP_DIR") or VAR_DIR / "backups").resolve()

# The API
API_REQUESTS_A_MINUTE = env.number("API_REQUESTS_A_MINUTE", 600, 1, 1_000_000)  # of one person, or one address
API_REFUSALS_A_MINUTE = env.number("API_REFUSALS_A_MINUTE", 60, 1, 1_000_000)  # of one address, without a good token
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "task.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["task.kit.api.BoundedJSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["task.kit.api_filters.Filters"],
    "DEFAULT_PAGINATION_CLASS": "task.kit.api_lists.ByKey",
    "DEFAULT_THROTTLE_CLASSES": ["task.kit.api_throttles.Throttle"],
    "DEFAULT_SCHEMA_CLASS": "task.api.schema.DeskSchema",
    "EXCEPTION_HANDLER": "task.kit.api.handle",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "The desk",
    "DESCRIPTION": "Every action of the pages, for programs. What works in the background is a job. Only in the "
    "browser: signing up, logging in and out, passwords, tokens, and how the pages look.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": "/api/",
    "PATH_CONVERTER_OVERRIDES": {"book": {"type": "string", "pattern": "[0-9]"}},
    "PREPROCESSING_HOOKS": ["task.api.schema.addresses_of_the_api"],
    "ENUM_NAME_OVERRIDES": {
        "JobState": "task.jobs.models.State",
        "BookState": "task.books.models.Book.State",
        "EmailState": "task.emails.models.Email.State",
        "InvitationState": "task.accounts.invitations.STATES",
    },
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": lazy(static, str)("img/mark.svg"),
    "REDOC_DIST": "SIDECAR",
}

# Seen from outside
LOG_FORMAT = env.choice("LOG_FORMAT", "line", "json")
logging.captureWarnings(LOG_FORMAT == "json")  # else they would be two lines of text
METRICS_TOKEN = env.token("METRICS_TOKEN")  # without one there is no /metrics
if sentry_dsn := env.text("SENTRY_DSN"):
    sentry.start(sentry_dsn)
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
        "json": {"()": "celerytask.logs.JsonLine"},
    },
    "filters": {"one_line": {"()": "celerytask.logs.OneLine"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
            "filters": ["one_line"],
            "stream": sys.stderr,
        }
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"desk": {"level": "INFO"}, "axes": {"level": "ERROR"}, "httpx2": {"level": "WARNING"}},
}
