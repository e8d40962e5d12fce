"""Users, batches, invitations and the sign-up switch for programs."""

import pytest
from django.core import mail
from django.core.cache import cache

from task.accounts.invitation_views import CLOSED
from task.accounts.invitations import Invitation, SignUp
from task.accounts.models import User, UserBatch
from task.accounts.tasks import generate_random_users
from task.accounts.throttle import INVITATIONS_A_DAY
from task.jobs.models import Job
from task.jobs.testing import execute_all
from tests.api.conftest import program as program

pytestmark = pytest.mark.django_db(transaction=True)

USERS, BATCHES, INVITATIONS, SIGN_UP = (
    f"/api/users/{name}" for name in ("", "batches/", "invitations/", "sign-up/")
)  # fmt: skip
STAFF_ONLY = [("get", BATCHES), ("get", INVITATIONS), ("post", INVITATIONS), ("get", SIGN_UP), ("patch", SIGN_UP)]


@pytest.fixture
def api(program, sam):
    cache.clear()
    return program(sam, as_staff=True)


@pytest.fixture
def batch(alice):
    generate_random_users.apply_async(kwargs={"total": 60}, owner=alice)
    execute_all()
    UserBatch.objects.create(job=Job.objects.get(), owner=alice, total=60) if not UserBatch.objects.exists() else None
    return UserBatch.objects.get()


@pytest.mark.parametrize(("method", "path"), STAFF_ONLY)
def test_members_are_not_told_that_there_is_such_an_address(program, alice, sam, method, path):
    for reader in (program(alice), program(sam)):
        assert getattr(reader, method)(path, {}, format="json").status_code == 404


class TestUsers:
    def test_members_see_the_random_ones_and_staff_everyone(self, program, api, alice, batch):
        seen = [row["is_random"] for row in program(alice).get(USERS).json()["results"]]
        assert set(seen) == {True}
        found = api.get(USERS, {"kind": "people"}).json()["results"]
        assert {row["username"] for row in found} == {"alice", "sam"}
        assert not {"password", "email_key"} & found[0].keys()

    def test_the_pages_search_and_sorts(self, api, alice, batch):
        assert [row["username"] for row in api.get(USERS, {"q": "alic", "kind": "people"}).json()["results"]] == [
            "alice"
        ]
        names = [row["username"] for row in api.get(USERS, {"sort": "username"}).json()["results"]]
        assert names == sorted(names)


class TestBatches:
    def test_staff_see_them_with_their_users(self, api, batch):
        (row,) = api.get(BATCHES).json()["results"]
        assert (row["total"], row["requested_by"], row["deleted"]) == (60, "alice", None)
        assert api.get(row["url"]).json() == row
        assert len(api.get(row["users"]).json()["results"]) == 25
        assert "password" not in row

    def test_its_users_are_deleted_by_a_job_and_only_once(self, api, batch):
        path = f"{BATCHES}{batch.pk}/"
        answers = [api.delete(path, HTTP_IDEMPOTENCY_KEY="k") for _ in range(2)]
        assert [answer.status_code for answer in answers] == [202, 202]
        assert answers[0].json() == answers[1].json()
        refused = api.delete(path)
        assert (refused.status_code, refused.json()["detail"]) == (
            409, "This batch is already deleted or being deleted.",
        )  # fmt: skip
        execute_all()
        assert not User.objects.random().exists()

    def test_one_that_is_being_made_is_cancelled_first(self, api, batch):
        Job.objects.update(state="running")
        answer = api.delete(f"{BATCHES}{batch.pk}/")
        assert answer.status_code == 409
        assert "Cancel its job first" in answer.json()["detail"]

    def test_what_is_not_there(self, api):
        for path in (f"{BATCHES}1/", f"{BATCHES}1/users/"):
            assert api.get(path).status_code == 404


class TestInvitations:
    def test_a_job_sends_the_link_and_with_a_key_once(self, api, sam):
        sent = [
            api.post(INVITATIONS, {"email": "dora@example.org"}, format="json", HTTP_IDEMPOTENCY_KEY="k")
            for _ in range(2)
        ]
        row = Invitation.objects.get()
        assert [answer.status_code for answer in sent] == [202, 202]
        assert (sent[0].json()["state"], sent[0].json()["invited_by"]) == ("open", "sam")
        assert sent[0].headers["Location"].endswith(f"/api/jobs/{row.pk}/")
        execute_all()
        assert [message.to for message in mail.outbox] == [["dora@example.org"]]
        assert api.get(sent[0].json()["url"]).json() == sent[0].json()
        assert row.token not in str(sent[0].json())

    @pytest.mark.parametrize("email", ["", "x", 12, None, "sam@example.org"])
    def test_what_is_wrong_is_said(self, api, email):
        answer = api.post(INVITATIONS, {"email": email}, format="json")
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == "/email"

    def test_too_many_say_when_to_come_back(self, api):
        for number in range(INVITATIONS_A_DAY):
            assert api.post(INVITATIONS, {"email": f"d{number}@example.org"}, format="json").status_code == 202
        answer = api.post(INVITATIONS, {"email": "dora@example.org"}, format="json")
        assert answer.status_code == 429
        assert f"You have sent {INVITATIONS_A_DAY} invitations today." in answer.json()["detail"]
        assert 0 < int(answer.headers["Retry-After"]) <= 86_400

    def test_withdrawn_it_is_no_longer_open_and_a_second_time_says_so(self, api):
        path = api.post(INVITATIONS, {"email": "dora@example.org"}, format="json").json()["url"]
        assert api.post(f"{path}withdraw/").json()["state"] == "withdrawn"
        again = api.post(f"{path}withdraw/")
        assert (again.status_code, "already used, withdrawn or expired" in again.json()["detail"]) == (409, True)


class TestSignUp:
    def test_staff_close_it_and_open_it(self, api, sam):
        assert api.get(SIGN_UP).json() == {"is_open": True, "words": "Anybody can sign up.", "changed_by": None}
        closed = api.patch(SIGN_UP, {"is_open": False}, format="json").json()
        assert closed == {"is_open": False, "words": CLOSED, "changed_by": "sam"}
        assert not SignUp.objects.get().is_open
        assert api.patch(SIGN_UP, {}, format="json").json() == closed
        assert api.patch(SIGN_UP, {"is_open": True}, format="json").json()["is_open"]

    @pytest.mark.parametrize("body", [{"is_open": "no"}, {"is_open": 0}, {"open": True}, []])
    def test_what_is_wrong_is_said(self, api, body):
        assert api.patch(SIGN_UP, body, format="json").status_code == 400
        assert not SignUp.objects.exists()
