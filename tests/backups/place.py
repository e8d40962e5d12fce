"""A place to restore to: a folder of its own and, on PostgreSQL, a database of its own."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.db import connection

from tests.processes import ROOT


class Place:
    def __init__(self, folder: Path, database: str = "") -> None:
        """`database`: the address of a PostgreSQL in which this place makes and drops its own."""
        self.var_dir = folder / "new" / "var"
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.environment = {**kept, "VAR_DIR": str(self.var_dir), "CELERY_BROKER_URL": "redis://127.0.0.1:9/0"}
        self.name, self.server = "", database
        if database:
            self.name = f"restored_{uuid4().hex}"
            self._on_server(f"CREATE DATABASE {self.name}")
            self.environment["DATABASE_URL"] = f"{database.rpartition('/')[0]}/{self.name}"

    def restore(self, path: Path, *options: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        return self.manage("restore", str(path), *options, **environment)

    def manage(self, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "manage.py", *words], cwd=ROOT, env={**self.environment, **environment},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300,
        )  # fmt: skip

    @property
    def sqlite(self) -> Path:
        return self.var_dir / "desk.sqlite3"

    @property
    def database_url(self) -> str:
        return self.environment.get("DATABASE_URL") or f"sqlite:///{self.sqlite}"

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        if self.server:
            import psycopg

            with psycopg.connect(self.environment["DATABASE_URL"]) as base:
                return base.execute(sql).fetchall()
        base = sqlite3.connect(self.sqlite)
        try:
            with base:
                return base.execute(sql).fetchall()
        finally:
            base.close()

    def _on_server(self, sql: str) -> None:
        import psycopg

        with psycopg.connect(self.server, autocommit=True) as base:
            base.execute(sql)

    def close(self) -> None:
        if self.name:
            self._on_server(f"DROP DATABASE {self.name} WITH (FORCE)")


def of_this_vendor(folder: Path) -> Place:
    """A place of the kind of database that the tests run on."""
    if connection.vendor == "sqlite":
        return Place(folder)
    options = connection.settings_dict
    user, password, host, port = (options[key] for key in ("USER", "PASSWORD", "HOST", "PORT"))
    return Place(folder, f"postgres://{user}:{password}@{host}:{port}/postgres")
