"""A client that openapi-python-client makes of the schema works: what it is typed by is so."""

import importlib
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.core.management import call_command

from task.api.models import Token
from task.books.models import Book
from task.jobs.models import Job
from task.jobs.testing import execute_all
from tests.services.openlibrary import OpenLibrary

pytestmark = pytest.mark.django_db(transaction=True)

ISBNS = ["9780345418913", "9780451524935"]
NAME = "desk_client_of_tests"


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The package, made without a network and without anything of the machine's."""
    folder = tmp_path_factory.mktemp("client")
    call_command("spectacular", "--file", str(folder / "schema.yml"))
    as_bytes = {"application/gzip": "application/octet-stream"}
    config = {"package_name_override": NAME, "post_hooks": [], "content_type_overrides": as_bytes}
    (folder / "config.json").write_text(json.dumps(config))
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("openapi-python-client")), "generate", "--meta", "none",
            "--path", str(folder / "schema.yml"), "--config", str(folder / "config.json"),
            "--output-path", str(folder / NAME), "--fail-on-warning",
        ],
        capture_output=True, text=True, cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, str(folder))
    yield importlib.import_module(NAME)
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.partition(".")[0] == NAME]:
        del sys.modules[name]


def part(name: str) -> ModuleType:
    return importlib.import_module(f"{NAME}.{name}")


def test_it_scans_waits_orders_and_reads_what_is_wrong(generated, live_server, alice, settings):
    settings.ALLOWED_HOSTS = ["*"]
    _, token = Token.make(alice, "client", as_staff=False)
    models = part("models")
    client = generated.AuthenticatedClient(base_url=live_server.url, token=token, prefix="Token")

    bulk = part("api.books.books_bulk_create_create")
    scanned = bulk.sync(client=client, body=models.BulkCreateRequest(isbn=ISBNS))
    assert (scanned.isbn, scanned.known, scanned.invalid) == (ISBNS, [], [])

    with OpenLibrary() as library:
        settings.OPENLIBRARY_URL = library.url
        execute_all()
    job = part("api.jobs.jobs_retrieve").sync(client=client, id=Job.objects.get().pk, prefer="wait=10")
    assert (job.state, job.done, job.percent) == ("succeeded", 2, 100)

    books = part("api.books.books_list").sync(client=client, sort=models.BooksListSort.TITLE)
    assert {book.isbn for book in books.results} == set(ISBNS)
    assert books.results[0].authors[0].name

    order = part("api.orders.orders_create").sync(client=client, body=models.OrderRequest(book=ISBNS[0]))
    assert (order.book, order.quantity, order.state) == (ISBNS[0], 1, "received")
    assert Book.objects.get(isbn=ISBNS[0]).copies == 0

    refused = part("api.orders.orders_create").sync_detailed(client=client, body=models.OrderRequest(book=ISBNS[0]))
    assert refused.status_code == 400
    assert isinstance(refused.parsed, models.Problem)
    assert refused.parsed.detail.startswith("No copies of")
    assert [dict(fault.additional_properties) for fault in refused.parsed.errors] == [
        {"pointer": "/quantity", "detail": refused.parsed.detail}
    ]
