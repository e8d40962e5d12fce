"""What the settings read from the environment. A wrong value stops the start with one sentence that names it.

Addresses that may hold a password (of the database, the broker, the mail server) are never printed. An empty value is
none. A value is taken as it is: django-environ reads the addresses alone, for it would look a secret key that begins
with $ up as the name of another variable.
"""

import ipaddress
import os
import re
import secrets
import sys
import tempfile
import warnings
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo

import environ
import httpx2
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from kombu.transport import TRANSPORT_ALIASES

from task.jobs.conf import Number

ON, OFF = ("on", "true", "yes", "y", "ok", "1"), ("off", "false", "no", "n", "0")
SHORTEST_KEY = 32  # characters: an older key of 32 hexadecimal digits has 128 bits
SHORTEST_TOKEN = 16  # characters
MOST_OF_A_SECRET = 16_384  # bytes
QUOTED = "in a password, write #, /, @ and % as %23, %2F, %40 and %25"


def check() -> None:
    """What manage.py does, for other processes: loads the settings, or ends with their sentence and no traceback."""
    try:
        _ = settings.SECRET_KEY
    except ImproperlyConfigured as problem:
        sys.exit(str(problem))


def text(name: str, default: str = "") -> str:
    """What the environment says, or the file that NAME_FILE names there, as orchestrators hand secrets over."""
    value, path = os.environ.get(name), os.environ.get(f"{name}_FILE")
    if value and path:
        raise ImproperlyConfigured(f"Set {name} or {name}_FILE, not both.")
    return (content_of(f"{name}_FILE", Path(path)) if path else value) or default


def content_of(name: str, path: Path) -> str:
    """One line's content: a line break at its end is none of it."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_OF_A_SECRET).decode().rstrip("\r\n")
    except OSError as fault:
        raise ImproperlyConfigured(f"{name} ({path}) can't be read ({fault.strerror}).") from fault
    except UnicodeDecodeError:
        content = ""
    if not content or not content.isprintable():
        raise ImproperlyConfigured(f"{name} ({path}) must hold one line of text.")
    return content


def required(name: str) -> str:
    value = text(name)
    if not value:
        raise ImproperlyConfigured(
            f"Set {name} in the environment: without it the desk starts only as `manage.py up`. LOCAL=1 lets other "
            "commands of manage.py work on that desk."
        )
    return value


def token(name: str) -> str:
    """What whoever asks has to know; none unless it is set."""
    value = text(name)
    if value and not re.fullmatch(rf"[!-~]{{{SHORTEST_TOKEN},}}", value):
        raise ImproperlyConfigured(f"{name} must be {SHORTEST_TOKEN} or more characters of ASCII, without a blank.")
    return value


def number(name: str, default: int, least: int = 0, most: int = 1_000_000) -> int:
    value = text(name, str(default))
    if not re.fullmatch("[0-9]{1,9}", value) or not least <= int(value) <= most:
        raise ImproperlyConfigured(f"{name} must be a whole number from {least} to {most}, not {value!r}.")
    return int(value)


def numbers(known: Iterable[Number[Any]], prefix: str) -> dict[str, Any]:
    """Those of `known` that are set, and as text what else begins with `prefix`: a check says that nobody reads it."""
    there = {name: value for name, value in os.environ.items() if name.startswith(prefix) and value}
    return there | {each.setting: number_like(each) for each in known if each.setting in there}


def number_like(known: Number[Any]) -> Any:
    """As its default is: a whole number, seconds, or several seconds with commas between them."""
    value = text(known.setting)
    pattern, read = ("[0-9]{1,9}", int) if isinstance(known.default, int) else (r"[0-9]{1,9}(\.[0-9]{1,6})?", float)
    parts = value.split(",") if isinstance(known.default, tuple) else [value]
    found = [read(part) for part in map(str.strip, parts) if re.fullmatch(pattern, part)]
    if len(found) == len(parts) and all((each or known.may_be_zero) and each <= known.most for each in found):
        return tuple(found) if isinstance(known.default, tuple) else found[0]
    least = "from 0" if known.may_be_zero else "above 0"
    what = {int: "a whole number", float: "a number", tuple: "numbers with commas between them, each"}
    raise ImproperlyConfigured(
        f"{known.setting} must be {what[type(known.default)]} {least}, at most {known.most}, not {value!r}."
    )


def switch(name: str) -> bool:
    """Off, unless it is switched on."""
    value = text(name, "off")
    if value.lower() not in ON + OFF:
        raise ImproperlyConfigured(f"{name} must be on or off, not {value!r}.")
    return value.lower() in ON


def choice(name: str, *words: str) -> str:
    """One of `words`; the first, unless it says another."""
    value = text(name, words[0])
    if value not in words:
        raise ImproperlyConfigured(f"{name} must be {' or '.join(words)}, not {value!r}.")
    return value


def several(name: str, default: str, words: tuple[str, ...]) -> tuple[str, ...]:
    """Some of `words` with commas between them, each once, in an order of the operator's own."""
    found = tuple(word.strip() for word in text(name, default).split(",") if word.strip())
    if not found or len({*found}) < len(found) or not {*found} <= {*words}:
        raise ImproperlyConfigured(
            f"{name} must be one or more of {', '.join(words)}, each once, with commas between them."
        )
    return found


def time_zone(name: str, default: str) -> str:
    value = text(name, default)
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):  # no such zone; no zone's file; a folder of zones, like Europe
        raise ImproperlyConfigured(f"{name} must be a time zone such as Europe/Berlin or UTC, not {value!r}.") from None
    return value


def hosts(name: str, default: list[str] | None = None) -> list[str]:
    """Names of hosts, as Django compares them: without a scheme, a port or a path."""
    if default and not text(name):
        return default
    found = [host.strip() for host in required(name).split(",") if host.strip()]
    if not found or not all(re.fullmatch(r"\*|\.?[\w.-]+|\[[0-9a-fA-F:.]+\]", host) for host in found):
        raise ImproperlyConfigured(
            f"{name} must be one or more host names, such as desk.org,www.desk.org, and nothing else."
        )
    return found


def refuse_unsafe(secret_key: str, allowed_hosts: list[str], debug: bool) -> None:
    """What is good enough for one's own machine, where others reach the desk."""
    if not any(is_public(host) for host in allowed_hosts):
        return
    if debug:
        raise ImproperlyConfigured(
            "DEBUG must be off where others reach the desk (ALLOWED_HOSTS): its pages of errors show the code."
        )
    if len(secret_key) < SHORTEST_KEY or len(set(secret_key)) < 5 or secret_key.startswith("django-insecure-"):
        raise ImproperlyConfigured(
            f"SECRET_KEY must be {SHORTEST_KEY} or more random characters, of this desk alone, such as "
            "python3 -c 'import secrets; print(secrets.token_urlsafe(50))' prints."
        )


def is_public(host: str) -> bool:
    """Of ALLOWED_HOSTS: anything but a name without a dot, such as localhost, and this machine's own addresses."""
    try:
        return not ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "*" or "." in host


def web_address(name: str, default: str = "") -> str:
    """Without a / at its end. It is httpx2 that asks other services, so an address is what httpx2 takes for one."""
    value = (text(name, default) or required(name)).rstrip("/")
    scheme, _, rest = value.partition("://")
    with suppress(httpx2.InvalidURL, ValueError):
        address = httpx2.URL(value)
        is_there = address.host and 0 < (address.port or 80) < 65_536 and not re.search(r"[\s?#@]", value)
        if address.scheme in ("http", "https") and is_there:
            return f"{scheme.lower()}://{rest}"
    raise ImproperlyConfigured(
        f"{name} must begin with http:// or https:// and a host name, such as https://host.org, without ?, # or @."
    )


def database(name: str, default: Path) -> dict[str, Any]:
    """SQLite in the file `default`, unless the environment says otherwise."""
    if not text(name):
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(default)}
    with suppress(ValueError, Warning), warnings.catch_warnings():
        warnings.simplefilter("error")  # a warning would print the password
        found: dict[str, Any] = environ.Env.db_url_config(text(name))
        # SQLite: a file that all processes find, whatever folder they run in.
        if found["ENGINE"].endswith("sqlite3") and Path(found["NAME"]).is_absolute() and not {*"?#"} & {*text(name)}:
            return found
        if found["ENGINE"].endswith("postgresql") and (found["NAME"] or "service" in found.get("OPTIONS", {})):
            return found
    raise ImproperlyConfigured(
        f"{name} must be the address of a database, such as postgres://user:password@host:5432/name or "
        f"sqlite:////path; {QUOTED}."
    )


def broker(name: str, default: str) -> str:
    value = text(name, default)
    with suppress(ValueError):
        if all(is_broker(urlsplit(address)) for address in value.split(";")):  # when one fails Celery takes the next
            return ";".join(with_certificate(MASTER.sub("", address)) for address in value.split(";"))
    raise ImproperlyConfigured(
        f"{name} must be the address of a broker, such as redis://:password@host:6379/0 or "
        f"amqp://user:password@host:5672/name; {QUOTED}."
    )


MASTER = re.compile(r"\?master_name=([\w.-]+)$")


def with_certificate(address: str) -> str:
    """Redis over TLS shows its certificate, unless the address says otherwise: kombu would not ask for it."""
    parts = urlsplit(address)
    if parts.scheme != "rediss" or "ssl_cert_reqs=" in parts.query:
        return address
    return f"{address}{'&' if parts.query else '?'}ssl_cert_reqs=required"


def transport_options(name: str) -> dict[str, Any]:
    """How Sentinels call the primary: sentinel://one:26379;sentinel://two:26379?master_name=desk."""
    value = text(name)
    found = MASTER.search(value)
    return {"master_name": found[1] if found else "mymaster"} if value.startswith("sentinel") else {}


def is_broker(address: SplitResult) -> bool:
    """Raises ValueError if its port is no number."""
    transport, _, socket = address.scheme.partition("+")
    if transport in ("redis", "rediss") and not socket and not re.fullmatch("/?[0-9]*", address.path):
        return False  # Redis and Valkey number their databases
    return transport in TRANSPORT_ALIASES and address.port != 0


TERMINAL_EMAIL = "task.kit.terminal_mail.EmailBackend"


def mail_server(name: str, default: str) -> dict[str, Any]:
    value = text(name, default)
    with suppress(ValueError, ImproperlyConfigured):
        found: dict[str, Any] = environ.Env.email_url_config(value)
        backend = found["EMAIL_BACKEND"].split(".")[-2]
        right = {"smtp": found["EMAIL_HOST"], "filebased": Path(found["EMAIL_FILE_PATH"]).is_absolute()}
        if right.get(backend, True) and not found.pop("OPTIONS", None):  # options would change nothing
            return found | ({"EMAIL_BACKEND": TERMINAL_EMAIL} if backend == "console" else {})
    raise ImproperlyConfigured(
        f"{name} must be the address of a mail server, such as smtp+tls://user:password@host:587 or "
        f"smtp+ssl://user:password@host, or consolemail://, or filemail:////folder; {QUOTED}."
    )


def folder(path: Path) -> Path:
    """`path`, made for its owner alone if it is not there."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return path
    except OSError as fault:
        raise ImproperlyConfigured(
            f"VAR_DIR ({path}) can't be written ({fault.strerror}). Set it to another folder."
        ) from fault


def secret_key_of(var_dir: Path) -> str:
    """The local copy's key, made once, readable by its owner alone."""
    path = var_dir / "secret_key"
    if not path.exists() or not path.read_text():
        # Whole or not at all: a full disk or a kill in the middle leaves no empty key behind.
        with tempfile.NamedTemporaryFile("w", dir=var_dir, delete=False) as file:
            file.write(secrets.token_urlsafe(50))
        with suppress(FileNotFoundError):
            if not path.stat().st_size:
                path.unlink()
        with suppress(FileExistsError):
            os.link(file.name, path)
        os.unlink(file.name)
    return path.read_text()
