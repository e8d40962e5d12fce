"""An email at the terminal."""

import io

from django.core.mail import EmailMultiAlternatives, get_connection

from celerytask.environment import TERMINAL_EMAIL
from task.kit.outbox import emails_leave


def printed(subject: str = "Welcome", body: str = "Welcome, ada.\n\nScan a book.\n") -> str:
    terminal = io.StringIO()
    message = EmailMultiAlternatives(subject, body, to=["ada@example.org"], bcc=["ben@example.org"])
    message.attach_alternative("<h1>Welcome</h1>", "text/html")
    message.connection = get_connection(TERMINAL_EMAIL, stream=terminal)
    assert message.send() == 1
    return terminal.getvalue()


def test_it_is_what_its_reader_sees() -> None:
    assert printed() == (
        "Email\n  To: ada@example.org, ben@example.org\n  Subject: Welcome\n\n  Welcome, ada.\n\n  Scan a book.\n\n"
    )


def test_a_long_link_stays_in_one_piece() -> None:
    link = "http://localhost:8000/accounts/reset/MQ/" + "a" * 200 + "/?next=é"
    assert f"  {link}\n" in printed(body=link)


def test_what_a_terminal_would_obey_is_left_out() -> None:
    assert "\x1b" not in printed("Wel\x1b]0;x\x07come", "\x1b[2Jada\r\x9b31m")
    assert "  [2Jada31m\n" in printed(body="\x1b[2Jada\r\x9b31m")


def test_such_an_email_reaches_no_mailbox(settings) -> None:
    settings.EMAIL_BACKEND = TERMINAL_EMAIL
    assert not emails_leave()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert emails_leave()
