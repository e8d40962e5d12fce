"""A title with an apostrophe is itself in plain text, and escaped in HTML."""

import pytest
from django.core import mail

from task.emails.models import Email
from task.jobs.models import Job
from task.jobs.services.mail import send

pytestmark = pytest.mark.django_db


def test_plain_text_has_no_escapes_and_html_has_them():
    job = Job.objects.create(kind="workbench.empty", title="x")
    context = {"title": "The Hitchhiker's <Guide> & more", "reader": 'Ada "Countess" L.'}
    send(job, "emails/plain", ["reader@example.org"], context)
    (sent,) = mail.outbox
    words = 'The Hitchhiker\'s <Guide> & more for Ada "Countess" L.'
    assert sent.subject == words
    assert sent.body.split("\n")[:2] == [words, words]
    ((html, kind),) = sent.alternatives
    assert (html.strip(), kind) == (
        "<p>The Hitchhiker&#x27;s &lt;Guide&gt; &amp; more for Ada &quot;Countess&quot; L.</p>",
        "text/html",
    )
    kept = Email.objects.get()
    assert (kept.subject, kept.text, kept.html) == (sent.subject, sent.body, html)


def test_a_subject_is_one_line_whatever_is_in_it():
    job = Job.objects.create(kind="workbench.empty", title="x")
    send(job, "emails/plain", ["reader@example.org"], {"title": "A\r\nBcc: everybody@example.org", "reader": "B"})
    assert mail.outbox[0].subject == "A Bcc: everybody@example.org for B"
