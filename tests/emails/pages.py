"""The pages of emails for the tests in a browser."""

from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse

from tests.browser.entry import Entry
from tests.emails.making import email, job_of

NO_PAGES = {"email_html": "what the frame of email_detail shows"}


def empty() -> list[Entry]:
    return [
        Entry("emails_empty", reverse("emails_list"), "staff"),
        Entry("emails_test", reverse("emails_test"), "staff"),
    ]


def filled(member: Any, staff: Any) -> list[Entry]:
    welcome = {"user": member, "site_url": "http://testserver"}
    bodies = {name: render_to_string(f"emails/welcome.{name}", welcome) for name in ("html", "txt")}
    shown = {"html": bodies["html"], "text": bodies["txt"]}
    sent = email(member, subject="Welcome to the desk", **shown)
    email(staff, subject="<script>alert(1)</script> " + "W" * 150, to=f"{'w' * 60}@{'example' * 12}.org")
    email(staff, subject="تقرير عن المستودعات", **shown)
    reason = "The mail server refused the address. Check how it is spelled."
    refused = email(member, state="failed", reason=reason, sent=None, html="", text=("W" * 90 + "\n") * 3)
    email(member, job_of(member, state="running"), state="sending", sent=None)
    email(member, job_of(member, state="failed"), state="sending", sent=None)
    for number in range(25):
        email(staff, subject=f"Summary {number}", **shown)
    return [
        Entry("emails_list", reverse("emails_list"), "staff"),
        Entry("emails_oldest", reverse("emails_list") + "?sort=oldest", "staff"),
        Entry("emails_none", reverse("emails_list") + "?q=nothing-begins-like-this", "staff"),
        Entry("emails_member", reverse("emails_list"), "member", 404),
        Entry("email_detail", sent.get_absolute_url()),
        Entry("email_detail_staff", sent.get_absolute_url(), "staff"),
        Entry("email_job", sent.job.get_absolute_url()),
        Entry("email_text", sent.get_absolute_url() + "?as=text"),
        Entry("email_refused", refused.get_absolute_url()),
    ]
