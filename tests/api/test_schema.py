"""The schema is complete and true, and there is a page for people."""

import pytest
from django.core.management import call_command
from django.urls import get_resolver

from tests.api.routes import OWNED, ROUTES

pytestmark = pytest.mark.django_db


def test_spectacular_warns_of_nothing(tmp_path):
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yml"))


def test_every_operation_says_what_it_is_for_and_how_it_fails(client):
    schema = client.get("/api/schema/?format=json").json()
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            if path != "/api/":
                assert operation.get("description"), f"{method} {path} has no description."
                assert {"400", "401"} <= set(operation["responses"]), f"{method} {path} names no problem."


def test_what_is_for_who_reads_the_code_stays_there(client):
    schemas = client.get("/api/schema/?format=json").json()["components"]["schemas"]
    assert "description" not in schemas["OrderRequest"]
    assert schemas["OrderRequest"]["additionalProperties"] is False


@pytest.mark.parametrize("path", ["/api/docs/", "/api/redoc/", "/api/schema/", "/api/"])
def test_anybody_may_read_how_it_works(client, path):
    assert client.get(path).status_code == 200


def test_every_route_is_tried_by_a_stranger():
    routes = {name for name in get_resolver().namespace_dict["api"][1].reverse_dict if isinstance(name, str)}
    assert routes == set(ROUTES) | set(OWNED), "A new route is to be listed in tests/api/routes.py."
