"""One email, one Message-ID: stable over restarts, another one for another email, legal whatever it is made of."""

import re
from email import message_from_bytes, policy
from email.utils import make_msgid

import pytest
from django.core import mail

from task.jobs import job
from task.jobs.services.mail import message_id
from task.jobs.testing import assert_survives, execute_all
from tests.services.smtp import MailServer

pytestmark = pytest.mark.django_db(transaction=True)
TEMPLATE = "emails/workbench"
PEOPLE = [f"reader{n}@example.com" for n in range(5)]
# RFC 5322: dot-atom-text on the left, on the right another one or a literal in brackets
LEGAL = re.compile(r"<[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*@([A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|\[IPv6:[0-9a-f:]+\])>")


@job("faults.letters", title="Write to everybody")
def write_to_everybody(run, people, keyed=True):
    for part in run.batches(people, size=2):
        for address in part:
            run.mail(TEMPLATE, to=[address], context={"name": address})
        with run.step() as tally:
            tally["written"] += len(part)
    return "{written} written."


@job("faults.two_letters", title="Write twice to one")
def write_twice(run, keyed):
    for number in range(2):
        run.mail(TEMPLATE, to=["reader@example.com"], context={"name": number}, key=number if keyed else "")
    return "Written."


@job("faults.bare_letter", title="Write without the engine")
def write_past_the_engine(run):
    mail.send_mail("Hello", "Hello.", "desk@example.com", ["reader@example.com"])
    return "Written."


def names() -> list[str]:
    return [sent.extra_headers["Message-ID"] for sent in mail.outbox]


def test_an_email_to_each_of_many_people_has_an_id_for_each():
    write_to_everybody.delay(people=PEOPLE)
    execute_all()
    assert len(set(names())) == len(mail.outbox) == len(PEOPLE)


def test_a_loop_of_emails_survives():
    assert assert_survives(write_to_everybody, people=PEOPLE) > 5


def test_two_emails_to_one_person_are_told_apart_by_their_key():
    write_twice.delay(keyed=True)
    execute_all()
    assert len(set(names())) == 2
    mail.outbox.clear()
    assert assert_survives(write_twice, keyed=True) >= 4


def test_the_proof_finds_two_emails_under_one_id():
    with pytest.raises(AssertionError, match=r"sends 2 emails under one Message-ID.*key="):
        assert_survives(write_twice, keyed=False)


def test_the_proof_finds_an_email_without_an_id():
    with pytest.raises(AssertionError, match="mails differs"):
        assert_survives(write_past_the_engine)


def test_the_proof_leaves_alone_what_was_sent_before_it():
    mail.send_mail("Before", "Before.", "desk@example.com", ["reader@example.com"])
    assert_survives(write_to_everybody, people=PEOPLE[:1])
    assert [sent.subject for sent in mail.outbox] == ["Before"]


def test_it_is_made_of_the_job_the_template_the_recipients_and_the_key():
    base = ("a" * 8, TEMPLATE, ["b@x.org", "a@x.org"], "k")
    assert message_id(*base) == message_id("a" * 8, TEMPLATE, iter(["a@x.org", "b@x.org"]), "k")
    others = [
        message_id("b" * 8, *base[1:]),
        message_id(base[0], "emails/other", *base[2:]),
        message_id(*base[:2], ["a@x.org"], base[3]),
        message_id(*base[:3], "l"),
        message_id(*base[:3]),
    ]
    assert len({message_id(*base), *others}) == 6


@pytest.mark.parametrize("site", ["http://desk.example:8000", "https://bücher.example", "http://[::1]:8000", "x", ""])
@pytest.mark.parametrize("name", ["emails/welcome", "../my mails/größe <x>@y", "a" * 300 + "/b" * 300, "…", ""])
def test_it_is_legal_whatever_it_is_made_of(settings, site, name):
    settings.SITE_URL = site
    made = message_id("6f1b52f6-6f8e-4a4e-9c53-2f3f6a1c9a11", name, ["ü@bücher.example", "\udce9@x"], key=("a", 1))
    assert LEGAL.fullmatch(made)
    assert made.isascii()
    assert len(made) < 250
    assert made.count("@") == make_msgid().count("@")


def test_it_reaches_a_mail_server_as_it_was_made(settings):
    with MailServer() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        row = write_to_everybody.delay(people=PEOPLE[:2])
        execute_all()
        assert sorted(server.names) == sorted(message_id(row.pk, TEMPLATE, [one]) for one in PEOPLE[:2])
        raw = bytes(server.taken[0].message)
    assert message_from_bytes(raw, policy=policy.default)["Message-ID"].strip() in server.names
