"""Who may see whose: of each route with an owner, and of all of them for nobody."""

import pytest
from rest_framework.test import APIClient

from tests.api.routes import OWNED, ROUTES
from tests.workbench.tasks import do_nothing

pytestmark = pytest.mark.django_db

KEYS = {"job": lambda owner: do_nothing.apply_async(owner=owner).pk}


@pytest.mark.parametrize("name", OWNED)
def test_a_strangers_is_not_there(program, alice, bob, charlie, name):
    method, path = OWNED[name]
    path = path.format(KEYS[name.partition("-")[0]](alice))
    assert getattr(program(bob), method)(path).status_code == 404
    assert getattr(program(charlie), method)(path).status_code == 404
    assert getattr(program(charlie, as_staff=True), method)(path).status_code != 404
    assert getattr(program(alice), method)(path).status_code != 404
    assert getattr(APIClient(), method)(path).status_code == 401


@pytest.mark.parametrize("path", [path for path in ROUTES.values() if path])
def test_nobody_reads_what_is_for_members(path):
    method = "post" if "bulk" in path else "get"
    assert getattr(APIClient(), method)(path).status_code == 401
