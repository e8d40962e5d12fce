"""Invitations: one address, once, for seven days; and sign-up for invited people alone."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as project
from django.core import mail
from django.core.cache import cache
from django.core.signing import Signer
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from task.accounts.invitations import Invitation, SignUp
from task.accounts.models import PendingSignUp, User
from task.accounts.tasks import clear_invitations
from task.accounts.throttle import INVITATIONS_A_DAY, SIGNUP_EMAILS_A_DAY
from task.jobs import Now
from task.jobs.models import Job, State
from task.jobs.testing import execute_all
from tests.accounts.conftest import PASSWORD
from tests.accounts.pages import at_once, errors, flashes, send, token_of
from tests.accounts.sign_ups import CLOSED, FIELDS, KNOWN, URL, die_before_each_statement, pending, signed_in

pytestmark = pytest.mark.django_db
LIST, SWITCH = reverse("invitations"), reverse("signup_switch")
DORA = {"username": "dora", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture(autouse=True)
def nothing_counted(db: None, clock: Any) -> None:
    cache.clear()


def invitation(email: str = "Dora@example.org", **columns: Any) -> tuple[Invitation, str]:
    row = Invitation.objects.create(pk=uuid4(), email=email, **columns)
    return row, reverse("invited", args=[row.token])


def page(client: Client, url: str = LIST) -> str:
    return " ".join(client.get(url).content.decode().split())


# Inviting


def test_staff_invite_one_address_and_a_job_sends_the_link(staff, sam):
    answer = send(staff, LIST, email=" Dora@EXAMPLE.org ")
    assert answer.headers["Location"] == LIST
    assert flashes(answer) == ["We are sending an invitation to Dora@example.org."]
    job, row = Job.objects.get(), Invitation.objects.get()
    assert (job.kind, job.owner, job.arguments, row.pk) == ("accounts.invite", sam, {}, job.pk)
    assert (row.email, row.invited_by) == ("Dora@example.org", sam)
    execute_all()
    [message] = mail.outbox
    assert message.to == ["Dora@example.org"]
    assert message.subject == "sam invites you to the desk"
    [link] = re.findall(r"https?://\S+/accounts/invitation/\S+", message.body)
    assert link == project.SITE_URL + reverse("invited", args=[row.token])
    assert link in message.alternatives[0].content
    job.refresh_from_db()
    assert job.state == State.SUCCEEDED
    assert row.token.partition(".")[2] not in page(staff) + page(staff, job.get_absolute_url())


def test_members_and_strangers_have_no_such_pages(member, client):
    row, _ = invitation()
    withdraw = reverse("invitation_withdraw", args=[row.pk])
    for url in (LIST, withdraw, SWITCH):
        assert member.post(url, {"email": "x@example.org"}).status_code == 404
        assert client.post(url).headers["Location"].startswith(reverse("login"))
    assert member.get(LIST).status_code == 404
    assert "Invite a colleague" not in page(member, "/users/") + page(member, "/first-steps/")
    assert list(Invitation.objects.open()) == [row]
    assert not SignUp.objects.exists()


def test_the_buttons_of_staff_take_post_alone(staff):
    row, _ = invitation()
    for url in (reverse("invitation_withdraw", args=[row.pk]), SWITCH):
        assert staff.get(url).status_code == 405
    assert staff.post(reverse("invitation_withdraw", args=[uuid4()])).status_code == 404


@pytest.mark.parametrize(
    ("email", "says"),
    [
        ("ALICE@example.org", "already has an account"),
        ("ｄｏｒａ@example.org", "has an open invitation"),
        ("no address", "valid email"),
        ("", "required"),
        ("maria.lopez.14k2f@example.com", "random users"),
    ],
)
def test_who_can_not_be_invited_is_a_sentence(staff, alice, email, says):
    invitation("dora@example.org")
    assert says in errors(send(staff, LIST, email=email), "email")
    assert not Job.objects.exists()


def test_a_second_click_is_one_invitation(staff):
    fields = {"form_token": token_of(staff, LIST), "email": "dora@example.org"}
    for _ in range(3):
        assert staff.post(LIST, fields).headers["Location"] == LIST
    assert Invitation.objects.count() == Job.objects.count() == 1


def test_a_person_invites_so_many_a_day(staff, clock):
    for n in range(INVITATIONS_A_DAY):
        assert send(staff, LIST, email=f"u{n}@example.org").status_code == 302
    answer = send(staff, LIST, email="one.more@example.org")
    assert answer.status_code == 429
    [words] = answer.context["form"].non_field_errors()
    assert words.startswith(f"You have sent {INVITATIONS_A_DAY} invitations today. You can send another in ")
    assert 'value="one.more@example.org"' in answer.content.decode()
    clock[0] += 86_400
    assert send(staff, LIST, email="one.more@example.org").status_code == 302


def test_a_mailbox_gets_no_more_invitations_than_sign_up_emails(staff):
    for _ in range(SIGNUP_EMAILS_A_DAY):
        assert send(staff, LIST, email="dora@example.org").status_code == 302
        Invitation.objects.update(withdrawn_at=Now())
    answer = send(staff, LIST, email="DORA@example.org")
    assert answer.status_code == 429
    assert "We have sent 3 emails to DORA@example.org today." in answer.context["form"].non_field_errors()[0]


def test_the_list_tells_what_became_of_each(staff, sam, alice):
    invitation("open@example.org", invited_by=sam)
    invitation("used@example.org", used_at=Now(), user=alice)
    invitation("withdrawn@example.org", withdrawn_at=Now())
    row, _ = invitation("old@example.org")
    Invitation.objects.filter(pk=row.pk).update(created=Now() - timedelta(days=8))
    html = page(staff)
    shown = dict(re.findall(r'<h3>(\w+)@example.org</h3>.*?class="word">(\w+)<', html))
    assert shown == {"open": "open", "used": "used", "withdrawn": "withdrawn", "old": "expired"}
    assert html.count("Withdraw<span") == 1
    assert "by alice" in html


def test_more_invitations_cost_no_more_queries(staff, sam):
    invitation(invited_by=sam)
    with CaptureQueriesContext(connection) as few:
        page(staff)
    for n in range(30):
        invitation(f"u{n}@example.org", invited_by=sam)
    with CaptureQueriesContext(connection) as many:
        page(staff)
    assert len(many) == len(few)


def test_an_invitation_that_ended_before_its_email_is_not_sent(staff):
    send(staff, LIST, email="dora@example.org")
    staff.post(reverse("invitation_withdraw", args=[Invitation.objects.get().pk]))
    execute_all()
    assert mail.outbox == []
    assert "withdrawn" in Job.objects.get().message


def test_it_is_a_first_step_of_staff(staff, sam):
    assert "We email them a link" in page(staff, "/first-steps/")
    invitation(invited_by=sam)
    assert "We email them a link" not in page(staff, "/first-steps/")


# The link


def test_the_link_makes_an_account_of_that_address_and_signs_in(client):
    row, link = invitation()
    assert "You will log in with Dora@example.org." in page(client, link)
    assert send(client, link, **DORA, email="other@example.org").headers["Location"] == reverse("home")
    dora = User.objects.get()
    assert (dora.email, dora.username, dora.is_staff, dora.check_password(PASSWORD)) == (
        "Dora@example.org", "dora", False, True,
    )  # fmt: skip
    assert signed_in(client) == dora.pk
    row.refresh_from_db()
    assert row.used_at
    assert row.user == dora
    assert Job.objects.get().kind == "accounts.welcome"


def test_a_link_works_once(client):
    _, link = invitation()
    send(client, link, **DORA)
    elsewhere = Client()
    for answer in (elsewhere.get(link), elsewhere.post(link, {**DORA, "username": "eve"})):
        assert CLOSED in answer.content.decode()
    assert not signed_in(elsewhere)
    assert client.get(link).headers["Location"] == reverse("home")
    assert User.objects.count() == 1


def test_a_link_works_for_seven_days(client):
    _, link = invitation()
    Invitation.objects.update(created=Now() - timedelta(days=6, hours=23))
    assert client.get(link).context["form"]
    Invitation.objects.update(created=Now() - timedelta(days=7, seconds=1))
    for answer in (client.get(link), client.post(link, DORA)):
        assert CLOSED in answer.content.decode()
        assert "older than 7 days" in answer.content.decode()
    assert not User.objects.exists()


def test_a_withdrawn_link_makes_nothing(client, staff, sam):
    row, link = invitation()
    answer = staff.post(reverse("invitation_withdraw", args=[row.pk]))
    assert flashes(answer) == ["Invitation of Dora@example.org withdrawn."]
    for answer in (client.get(link), client.post(link, DORA)):
        assert CLOSED in answer.content.decode()
    assert list(User.objects.all()) == [sam]
    again = staff.post(reverse("invitation_withdraw", args=[row.pk]))
    assert "already" in flashes(again)[-1]


@pytest.mark.parametrize("forged", ["nonsense", "{pk}", "{pk}.{sign}x", "{other}.{sign}", "{sign_up}"])
def test_a_link_that_nobody_sent_makes_nothing(client, forged):
    row, _ = invitation()
    sign = row.token.partition(".")[2]
    sign_up = Signer(sep=".", salt="accounts.sign_up").sign(row.pk.hex)
    token = forged.format(pk=row.pk.hex, sign=sign, other=uuid4().hex, sign_up=sign_up)
    link = reverse("invited", args=[token])
    for answer in (client.get(link), client.post(link, DORA)):
        assert CLOSED in answer.content.decode()
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"username": "Alice"}, "username", "taken"),
        ({"username": ""}, "username", "required"),
        ({"password2": "something else 9"}, "password2", ""),
        ({"password1": "12345678", "password2": "12345678"}, "password1", "too common"),
    ],
)
def test_bad_input_is_a_sentence_and_the_link_still_works(client, alice, changes, field, says):
    _, link = invitation()
    found = errors(send(client, link, **{**DORA, **changes}), field)
    assert found
    assert says in found
    assert Invitation.objects.open().exists()
    assert send(client, link, **DORA).headers["Location"] == reverse("home")


def test_an_address_that_has_an_account_meanwhile_is_told_to_its_owner(client, alice):
    _, link = invitation("alice@example.org")
    for answer in (client.get(link), client.post(link, DORA)):
        assert KNOWN in answer.content.decode()
    assert User.objects.count() == 1
    assert Invitation.objects.open().exists()


@pytest.mark.django_db(transaction=True)
def test_a_link_opened_twice_and_sent_at_once_is_one_account():
    _, link = invitation()
    clients = [Client() for _ in range(4)]
    answers = at_once(
        [
            lambda c=c, n=n: c.post(link, {**DORA, "form_token": f"page {n}", "username": f"dora{n}"})
            for n, c in enumerate(clients)
        ]
    )
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 302]
    closed = [answer.content.decode() for answer in answers if answer.status_code == 200]
    assert all(CLOSED in each or KNOWN in each for each in closed)
    assert (User.objects.count(), Job.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(3))
def test_a_link_used_and_withdrawn_at_once_is_one_of_both(staff, turn):
    row, link = invitation()
    withdraw = reverse("invitation_withdraw", args=[row.pk])
    used, _ = at_once([lambda: Client().post(link, DORA), lambda: staff.post(withdraw)])
    row.refresh_from_db()
    made = User.objects.filter(username="dora").exists()
    assert made is (used.status_code == 302) is (row.used_at is not None) is (row.withdrawn_at is None)


@pytest.mark.django_db(transaction=True)
def test_a_link_whose_process_dies_anywhere_is_sent_again_and_gives_one_account():
    links = [invitation(f"u{n}@example.org")[1] for n in range(60)]
    clients = [Client() for _ in links]

    def post(n):
        return clients[n].post(links[n], {**DORA, "form_token": f"page {n}", "username": f"u{n}"})

    for n in die_before_each_statement(post):
        assert post(n).headers["Location"] == reverse("home")
        assert signed_in(clients[n]) == User.objects.get(username=f"u{n}").pk
    assert 10 < n < 60
    assert User.objects.count() == Job.objects.count() == n + 1
    assert Invitation.objects.open().count() == 60 - (n + 1)


# Sign-up for invited people alone


def close(staff):
    return staff.post(SWITCH, {"open": ""})


def test_staff_close_sign_up_and_open_it_and_the_page_says_who_and_when(staff, client, sam):
    assert "Anybody who can reach this desk." in page(staff)
    assert "closed" in flashes(close(staff))[0]
    assert (SignUp.objects.get().is_open, SignUp.objects.get().changed_by) == (False, sam)
    html = page(staff)
    assert "Only people with an invitation." in html
    assert "Changed by sam" in html
    assert "Sign-up is by invitation only" in page(client, URL)
    staff.post(SWITCH, {"open": "yes"})
    assert "Anybody who can reach this desk." in page(staff)
    assert client.get(URL).context["form"]
    assert SignUp.objects.count() == 1


def test_where_it_is_closed_no_page_leads_there(client, staff):
    link = f'href="{URL}"'
    for where in (reverse("home"), reverse("login"), "/nothing/here/"):
        assert page(client, where).count(link) >= 2
    close(staff)
    for where in (reverse("home"), reverse("login"), "/nothing/here/"):
        assert link not in page(client, where)
    assert "Ask a member of staff to invite you." in page(client, reverse("login"))


def test_members_pages_do_not_ask_whether_it_is_open(staff):
    with CaptureQueriesContext(connection) as queries:
        staff.get(reverse("users_list"))
    assert not [each for each in queries if SignUp._meta.db_table in each["sql"]]


@pytest.mark.parametrize("backend", ["locmem.EmailBackend", "console.EmailBackend"])
def test_where_it_is_closed_only_invited_people_sign_up(client, staff, settings, backend):
    settings.EMAIL_BACKEND = f"django.core.mail.backends.{backend}"
    fields = {"form_token": token_of(client, URL), **FIELDS}
    close(staff)
    answer = client.post(URL, fields)
    assert answer.status_code == 403
    assert "Sign-up is by invitation only" in answer.content.decode()
    assert User.objects.count() == 1
    assert not PendingSignUp.objects.exists()
    _, link = invitation()
    assert send(client, link, **DORA).headers["Location"] == reverse("home")
    assert User.objects.count() == 2


def test_a_sign_up_from_before_is_not_finished_where_it_is_closed(client, staff):
    _, link = pending()
    close(staff)
    for answer in (client.get(link), client.post(link)):
        assert "Sign-up is by invitation only" in answer.content.decode()
    assert User.objects.count() == 1
    staff.post(SWITCH, {"open": "yes"})
    assert client.post(link).headers["Location"] == reverse("home")


def test_a_link_that_ended_offers_no_sign_up_where_it_is_closed(client, staff):
    close(staff)
    html = page(client, reverse("invited", args=["x"]))
    assert "ask the staff for a new invitation" in html
    assert f'href="{URL}">Sign up</a> </p>' not in html


def test_the_first_account_of_an_empty_desk_is_always_possible(client):
    SignUp.objects.create(is_open=False)
    assert client.get(URL).context["form"]
    assert send(client, URL, **FIELDS).status_code == 302


# Retention


def test_they_go_90_days_after_they_have_ended(staff):
    def aged(days, **columns):
        row, _ = invitation(f"u{days}@example.org", **columns)
        Invitation.objects.filter(pk=row.pk).update(created=Now() - timedelta(days=days))
        return row

    kept = [aged(0), aged(8), aged(96, used_at=Now())]
    for days in (98, 99, 400):
        aged(days)
    job = clear_invitations.delay()
    execute_all()
    job.refresh_from_db()
    assert job.message == "3 old invitations deleted."
    assert {*Invitation.objects.all()} == {*kept}


def test_nought_days_keep_them_for_ever(settings):
    settings.INVITATIONS_KEEP_DAYS = 0
    row, _ = invitation()
    Invitation.objects.filter(pk=row.pk).update(created=Now() - timedelta(days=4_000))
    clear_invitations.delay()
    execute_all()
    assert Job.objects.get().message == "INVITATIONS_KEEP_DAYS is 0, so all invitations are kept."
    assert Invitation.objects.exists()


def test_they_are_cleared_up_every_night():
    from django_celery_beat.models import PeriodicTask

    assert PeriodicTask.objects.get(task="accounts.clear_invitations").enabled


def test_the_list_has_pages_of_one_cost(staff, monkeypatch):
    monkeypatch.setattr("task.accounts.invitation_views.SHOWN", 3)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert page(staff).count("Invited ") == 3
        assert not [each for each in queries if "COUNT(" in each["sql"]]
        return len(queries)

    for number in range(4):
        invitation(f"u{number}@example.org")
    before = cost()
    for number in range(4, 20):
        invitation(f"u{number}@example.org")
    assert cost() == before
    following = re.search(r'rel="next" href="([^"]+)"', page(staff))
    assert page(staff, LIST + following[1].replace("&amp;", "&")).count("Invited ") == 3
