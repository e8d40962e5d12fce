"""What some tests need beside Python. Where it is absent such a test is skipped, but with CI=true it fails.

Each function is called by the test or its fixture: `url = postgres_url()`. `.ci/run` starts the services.
"""

import os
import shutil

import pytest


def postgres_url() -> str:
    """A PostgreSQL whose user may create databases: postgres://user:password@host:port/name."""
    return _from_environment("TEST_DATABASE_URL", "PostgreSQL")


def redis_url() -> str:
    return _from_environment("TEST_REDIS_URL", "Redis")


def amqp_url() -> str:
    return _from_environment("TEST_AMQP_URL", "RabbitMQ")


def quorum_url() -> str:
    """A RabbitMQ's virtual host whose queues are quorum queues unless they say otherwise."""
    return _from_environment("TEST_QUORUM_URL", "RabbitMQ with quorum queues")


def pgbouncer() -> str:
    """The path of the program, which a test starts itself."""
    return shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin") or _absent(
        "PgBouncer is not installed"
    )


def yaz_marcdump() -> str:
    """The path of a program of libraries that reads MARC."""
    return shutil.which("yaz-marcdump") or _absent("yaz-marcdump (Debian's package yaz) is not installed")


def chromium() -> str:
    """The path of a Chromium that Playwright can drive."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    return _absent("Chromium is not installed")


def _from_environment(name: str, service: str) -> str:
    return os.environ.get(name) or _absent(f"{name} names no {service}; .ci/run starts one")


def _absent(reason: str) -> str:
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}, and with CI=true nothing is skipped.", pytrace=False)
    pytest.skip(reason)
