"""Every page of the desk, by name: the tests visit them all, and one of them fails when a page has no entry.

A feature may have its entries beside its tests, in tests/<feature>/pages.py: `NO_PAGES`, `empty()` and
`filled(member, staff)`, which fills the feature's tables first.
"""

from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve, reverse

from task.books.models import Author, Person, Subject
from tests.browser import filling
from tests.browser.entry import Entry


def of_features() -> list[ModuleType]:
    files = sorted(Path(__file__).parent.parent.glob("*/pages.py"))
    found = [import_module(f"tests.{file.parent.name}.pages") for file in files if file.parent != Path(__file__).parent]
    return [module for module in found if hasattr(module, "NO_PAGES")]


# Addresses that are no pages of their own, and why.
NO_PAGES = {
    "job_live": "a part of job_detail",
    "job_cancel": "takes POST only",
    "job_retry": "takes POST only",
    "job_dismiss": "takes POST only",
    "job_kill_runner": "takes POST only",
    "book_lookup": "takes POST only",
    "books_lookup": "takes POST only",
    "scans_send": "what a page has kept is sent there",
    **dict.fromkeys(
        ("scan_undo", "scan_put_back", "scan_mend", "scan_dismiss", "scan_add_copy", "scan_try_again"),
        "takes POST only",
    ),
    "invitation_withdraw": "takes POST only",
    "signup_switch": "takes POST only",
    "logout": "takes POST only",
    "theme": "takes POST only",
    "palette": "what the palette fetches",
    "books_suggest": "what a field of names fetches",
    "menu_counts": "a part of the menu",
    "healthz": "for machines",
    "readyz": "for machines",
    "metrics": "for machines",
    "password_reset_confirm": "needs the link of an email; tested with the accounts",
} | {name: why for module in of_features() for name, why in module.NO_PAGES.items()}


def filled(member: Any, staff: Any) -> list[Entry]:
    """The entries of a desk that has seen something; fills it first."""
    jobs = filling.jobs(member)
    filling.books(member)
    jobs["made"] = filling.looked_up(member)
    filling.random_users(staff)
    batch = filling.UserBatch.objects.latest("id")
    plain = "profile password_change generate users_list books_scan book_new books_list"
    plain += " authors_list people_list subjects_list"
    first = {"author_detail": Author, "person_detail": Person, "subject_detail": Subject}
    return [
        Entry("home", reverse("home")),
        Entry("jobs_list", reverse("jobs_list")),
        *(Entry(f"job_{state}", job.get_absolute_url()) for state, job in jobs.items()),
        Entry("job_made_found", jobs["made"].get_absolute_url() + "?made=found"),
        Entry("books_of_job", f"{reverse('books_list')}?job={jobs['made'].pk}"),
        Entry("job_users", batch.job.get_absolute_url(), "staff"),
        Entry("users_of_batch", f"{reverse('users_list')}?batch={batch.pk}", "staff"),
        Entry("job_staff", jobs["failed"].get_absolute_url(), "staff"),
        Entry("jobs_failed", reverse("jobs_list") + "?state=failed&kind=accounts.generate"),
        Entry("jobs_page", reverse("jobs_list") + "?sort=oldest", "staff"),
        *(Entry(name, reverse(name)) for name in plain.split()),
        *(Entry(name, reverse(name, args=[model.objects.earliest("id").pk])) for name, model in first.items()),
        Entry("books_table", reverse("books_list") + "?look=table"),
        Entry("books_list_again", reverse("books_list") + "?look=covers"),
        Entry("books_by_title", reverse("books_list") + "?sort=title&look=table"),
        Entry("books_filters", reverse("books_list") + "?filter=1"),
        Entry("books_search", reverse("books_list") + "?q=the"),
        Entry("books_none", reverse("books_list") + "?q=nothing-begins-like-this"),
        Entry("book_detail", reverse("book_detail", args=[filling.BOOKS[0][0]])),
        Entry("book_long", reverse("book_detail", args=[filling.BOOKS[8][0]])),
        Entry("book_right_to_left", reverse("book_detail", args=[filling.BOOKS[7][0]])),
        Entry("book_not_found", reverse("book_detail", args=["9789180230018"])),
        Entry("book_failed", reverse("book_detail", args=["9780451524935"])),
        Entry("book_waiting", reverse("book_detail", args=["9780375704024"])),
        Entry("book_new_error", reverse("book_new"), fill={"isbn": "12", "copies": "0"}),
        Entry("generate_error", reverse("generate"), fill={"total": "7"}),
        Entry("profile_error", reverse("profile"), fill={"email": "nobody", "username": "sam"}),
        Entry("password_change_error", reverse("password_change"), fill={"old_password": "x", "new_password1": "1"}),
        Entry("users_none", reverse("users_list") + "?q=nobody-begins-like-this"),
        Entry("users_staff", reverse("users_list"), "staff"),
        Entry("generate_staff", reverse("generate"), "staff"),
        Entry("style", reverse("style"), "staff"),
        Entry("signup_finish", filling.sign_up("nora@example.org"), "stranger"),
        Entry("signup_finish_error", filling.sign_up("other@example.org"), "stranger", fill={"username": "a b"}),
        Entry("signup_finish_known", filling.sign_up(member.email), "stranger"),
        Entry("invited", filling.invitations(staff), "stranger"),
        Entry("invited_error", filling.invitation("ida@example.org", staff), "stranger", fill={"username": "a b"}),
        Entry("invitations", reverse("invitations"), "staff"),
        Entry("invitations_error", reverse("invitations"), "staff", fill={"email": member.email}),
        Entry("batch_delete", reverse("batch_delete", args=[batch.pk]), "staff"),
        *(entry for module in of_features() for entry in module.filled(member, staff)),
    ]


def empty() -> list[Entry]:
    """The entries of a desk that nobody has used."""
    strangers = "signup signup_sent login password_reset password_reset_done password_reset_complete"
    members = "home jobs_list books_list books_scan users_list authors_list people_list subjects_list generate profile"
    return [
        Entry("landing", reverse("home"), "stranger"),
        *(Entry(name, reverse(name), "stranger") for name in strangers.split()),
        *(Entry(f"{name}_empty", reverse(name)) for name in members.split()),
        Entry("signup_error", reverse("signup"), "stranger", fill={"username": "a b", "email": "a", "password1": "1"}),
        Entry("signup_closed", reverse("signup_finish", args=["x"]), "stranger"),
        Entry("login_error", reverse("login"), "stranger", fill={"username": "a@b.org", "password": "wrong"}),
        Entry("password_reset_error", reverse("password_reset"), "stranger", fill={"email": "a"}),
        Entry("error_404", "/nothing/stands/here/", "stranger", 404),
        Entry("error_404_member", "/nothing/stands/here/", "member", 404),
        *(Entry(f"error_{code}", f"/errors/{code}/", "stranger", code) for code in (400, 403, 500, 503)),
        *(entry for module in of_features() for entry in module.empty()),
    ]


def names_of_pages() -> set[str]:
    """The names of all addresses of the features and of the project itself."""
    found = set()

    def walk(patterns: list[URLPattern | URLResolver]) -> None:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                if pattern.namespace is None:
                    walk(pattern.url_patterns)
            elif pattern.name:
                found.add(pattern.name)

    walk(get_resolver("celerytask.urls").url_patterns)
    return found


def resolve_name(path: str) -> str:
    try:
        return str(resolve(path.partition("?")[0], "tests.browser.urls").url_name)
    except Resolver404:
        return ""
