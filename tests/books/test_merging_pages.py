"""What staff and their programs see of names that are merged, renamed and taken back."""

from uuid import uuid4

import pytest
from django.test import Client

from task.books.by_hand import suggesting
from task.books.filters import BookFilter, named_like
from task.books.merging.models import NameChange
from task.books.merging.page import LINES
from task.books.models import (
    Author,
    BookAuthor,
    Subject,
)  # fmt: skip
from task.books.rankings import ranking
from task.jobs.models import Job
from task.jobs.testing import execute_all
from tests.accounts.pages import errors, flashes
from tests.api.conftest import program as program
from tests.books.famous import put
from tests.books.merges import LONG, SHORT, called, merge, two

pytestmark = pytest.mark.django_db


def test_an_alias_is_in_no_list_and_its_address_leads_to_the_one_that_remains(client_of, alice, charlie, program):
    long, short = two()
    merge(long, short)
    member = client_of(alice)
    for page in (f"/authors/{long.pk}/", f"/authors/{long.pk}/?sort=oldest"):
        assert (member.get(page).status_code, member.get(page)["Location"]) == (302, f"/authors/{short.pk}/")
    assert LONG not in member.get("/authors/").content.decode()
    assert named_like(Author.objects.remaining(), "tolkien").get() == short
    assert [row["name"] for row in suggesting.names("author", "tolk")] == [SHORT]
    assert {row.name for row in ranking(BookAuthor)[0]} == {SHORT, "Someone Else"}
    old = member.get(f"/books/?author={long.pk}&state=filled")
    assert old["Location"] == f"/books/?author={short.pk}&state=filled"
    assert BookFilter({"author": [str(long.pk)]}).chosen.values == {"author": (short.pk,)}
    page = member.get(f"/authors/{short.pk}/").content.decode()
    assert f"Also written <bdi>{LONG}</bdi>" in page
    assert "Rename" not in page
    api = program(alice)
    assert [each["name"] for each in api.get("/api/authors/").data["results"]] == ["Someone Else", SHORT]
    assert api.get(f"/api/authors/{long.pk}/").data["id"] == short.pk
    assert len(api.get(f"/api/authors/{long.pk}/books/").data["results"]) == 4


def test_a_name_that_is_taken_is_no_new_name_for_another(client_of, charlie):
    long, short = two()
    staff = client_of(charlie)
    answer = staff.post(f"/authors/{long.pk}/rename/", {"name": SHORT.lower()})
    assert answer.status_code == 200
    assert errors(answer, "name") == f"There is another “{SHORT}”. Merge the two instead."
    link = f'<a href="/authors/{long.pk}/merge/?into={short.pk}">Merge the two</a>'
    assert link in answer.content.decode()
    assert "Merge the two</a>" not in staff.get(f"/authors/{long.pk}/rename/").content.decode()
    merge(long, short)
    other = Author.objects.get(name="Someone Else")
    assert f"/authors/{other.pk}/merge/?into={short.pk}" in staff.post(
        f"/authors/{other.pk}/rename/", {"name": LONG}
    ).content.decode()  # fmt: skip
    assert called(other, LONG).job.error == f"There is another “{SHORT}” meanwhile. Merge the two."


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "Enter the name."), ("   ", "Enter the name."), ("\u200b", "Enter the name."), ("...", "Enter the name."),
        ("x" * 100_000, "This is too long: at most 300 characters."), (LONG, "This is its name already."),
        ("a\0b", "Null characters are not allowed."),
    ],
)  # fmt: skip
def test_what_is_no_name_is_a_sentence_beside_the_field(client_of, charlie, name, says):
    put("The Hobbit", LONG)
    answer = client_of(charlie).post(f"/authors/{Author.objects.get().pk}/rename/", {"name": name})
    assert (answer.status_code, errors(answer, "name")) == (200, says)
    assert not Job.objects.exists()


@pytest.mark.parametrize("name", ["<b>x</b>", "Łódź", "村上春樹", "शेखर जोशी", "موسم", "a\u0301 e", "🐍"])
def test_a_name_of_every_script_and_markup_is_text(client_of, charlie, name):
    put("The Hobbit", LONG)
    author = Author.objects.get()
    staff = client_of(charlie)
    sent = staff.post(f"/authors/{author.pk}/rename/", {"name": name}, follow=True)
    execute_all()
    page = staff.get(author.get_absolute_url()).content.decode()
    assert sent.status_code == 200
    assert "<b>x</b>" not in page + sent.content.decode()
    assert Author.objects.remaining().get().name != LONG


def test_from_the_doubles_to_the_merge_and_back(client_of, charlie):
    long, short = two()
    staff = client_of(charlie)
    page = staff.get("/authors/doubles/").content.decode()
    assert f'href="/authors/{long.pk}/merge/?into={short.pk}"' in page
    assert f'href="/authors/{short.pk}/merge/?into={long.pk}"' in page
    assert "3 books" in page
    assert "The Lord of the Rings" in page
    address = f"/authors/{long.pk}/merge/"
    sure = staff.get(f"{address}?into={short.pk}").content.decode()
    assert "3 books of <bdi>“Tolkien, J. R. R.”</bdi> move to <bdi>“J.R.R. Tolkien”</bdi>." in sure
    form = {"into": short.pk, "form_token": "token"}
    first = staff.post(address, form)
    again = staff.post(address, form)
    job = Job.objects.get()
    assert first["Location"] == again["Location"] == job.get_absolute_url()
    execute_all()
    assert staff.post(address, form)["Location"] == job.get_absolute_url()
    job_page = staff.get(job.get_absolute_url()).content.decode()
    change = NameChange.objects.get()
    assert f'href="/authors/{short.pk}/"' in job_page
    assert f"/names/changes/{change.pk}/undo/" in job_page
    named = staff.get(f"/authors/{short.pk}/").content.decode()
    assert "merged “Tolkien, J. R. R.” into this name, 3 books" in named
    assert str(charlie) in named
    undone = staff.post(f"/names/changes/{change.pk}/undo/")
    execute_all()
    assert undone["Location"] == Job.objects.exclude(pk=job.pk).get(kind="books.undo_merge").get_absolute_url()
    stale = staff.post(f"/names/changes/{change.pk}/undo/", follow=True)
    assert "This is undone already." in flashes(stale)
    assert "undone since" in staff.get(f"/authors/{short.pk}/").content.decode()
    assert Author.objects.remaining().count() == 3


def test_the_one_that_remains_is_found_by_its_beginning(client_of, charlie):
    long, short = two()
    put("Emma", "Jane Austen")
    staff = client_of(charlie)
    page = staff.get(f"/authors/{long.pk}/merge/").content.decode()
    assert "These look alike." in page
    assert f"?into={short.pk}" in page
    page = staff.get(f"/authors/{long.pk}/merge/?q=aust", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in page
    assert "Jane Austen" in page
    assert SHORT not in page
    assert "No other names match" in staff.get(f"/authors/{long.pk}/merge/?q=zz%00").content.decode()
    assert f"?into={short.pk}" in staff.get(f"/authors/{long.pk}/").content.decode()  # Perhaps the same


def test_what_can_not_be_merged_is_a_sentence(client_of, charlie):
    long, short = two()
    subject = Subject.objects.create(pk=999, name="S", key="s")
    staff = client_of(charlie)
    address = f"/authors/{long.pk}/merge/"
    for into, says in [
        (long.pk, "A name can’t be merged with itself. Choose another one."),
        (subject.pk, "There is no such author. Choose another one."),
        ("9" * 40, "Choose a name."), ("x", "Choose a name."), ("-1", "Choose a name."), ("", "Choose a name."),
    ]:  # fmt: skip
        answer = staff.post(address, {"into": into})
        assert (answer.status_code, says in answer.content.decode()) == (200, True), into
        assert says in staff.get(f"{address}?into={into}").content.decode(), into
    merge(long, short)
    other = Author.objects.get(name="Someone Else")
    words = f"“{LONG}” was merged into “{SHORT}”. Choose that one, or another."
    assert words in staff.post(f"/authors/{other.pk}/merge/", {"into": long.pk}).content.decode()
    assert staff.get(address)["Location"] == f"/authors/{short.pk}/"
    assert staff.post(address, {"into": other.pk})["Location"] == f"/authors/{short.pk}/"
    assert staff.get("/authors/12345/merge/").status_code == staff.get(f"/authors/{'9' * 30}/merge/").status_code == 404


def test_a_long_history_says_that_there_is_more(client_of, charlie):
    put("The Hobbit", LONG)
    author = Author.objects.get()
    words = {"target": "author", "kind": "renamed", "name": author.pk, "was": "A", "now": "B"}
    NameChange.objects.bulk_create(NameChange(**words, job_id=uuid4()) for _ in range(LINES))
    page = client_of(charlie).get(author.get_absolute_url()).content.decode()
    assert f"<span>{LINES} changes of the name</span>" in page
    NameChange.objects.create(**words, job_id=uuid4())
    page = client_of(charlie).get(author.get_absolute_url()).content.decode()
    assert f"<span>more than {LINES} changes of the name</span>" in page
    assert page.count("could not rename “A” to “B”") == LINES


def test_a_member_is_not_told_of_these_pages_and_a_stranger_logs_in_first(client_of, alice):
    long, short = two()
    change = merge(long, short)
    pages = ["/authors/doubles/", f"/authors/{short.pk}/rename/", f"/authors/{short.pk}/merge/"]
    for page in pages:
        assert client_of(alice).get(page).status_code == client_of(alice).post(page).status_code == 404
        assert Client().get(page)["Location"].startswith("/accounts/login/")
    for address in (f"/names/changes/{change.pk}/undo/", "/authors/doubles/dismiss/"):
        assert client_of(alice).post(address).status_code == 404
        assert Client().post(address)["Location"].startswith("/accounts/login/")


# The API


def test_programs_of_staff_do_the_same(program, alice, charlie):
    long, short = two()
    api, member = program(charlie, as_staff=True), program(alice)
    pairs = api.get("/api/authors/doubles/").data["pairs"]
    assert {pairs[0][side]["name"] for side in ("one", "other")} == {LONG, SHORT}
    assert pairs[0]["one"]["books"] == 3
    assert "The Hobbit" in pairs[0]["one"]["titles"]
    assert (
        api.post("/api/authors/doubles/dismiss/", {"one": long.pk, "other": short.pk}, format="json").status_code == 204
    )
    assert api.get("/api/authors/doubles/").data == {"pairs": [], "more_like": "", "next_after": ""}
    merged = api.post(f"/api/authors/{long.pk}/merge/", {"into": short.pk}, format="json")
    assert (merged.status_code, merged.data["state"], merged.data["name"]) == (202, "working", short.pk)
    execute_all()
    renamed = api.post(f"/api/authors/{short.pk}/rename/", {"name": "John Tolkien"}, format="json")
    assert renamed.status_code == 202
    execute_all()
    assert [row["kind"] for row in api.get(f"/api/authors/{short.pk}/changes/").data["results"]] == [
        "renamed",
        "merged",
    ]
    for row in (renamed, merged):
        assert api.post(f"/api/names/changes/{row.data['id']}/undo/").status_code == 202
        execute_all()
    assert set(Author.objects.remaining().values_list("name", flat=True)) == {LONG, SHORT, "Someone Else"}
    again = api.post(f"/api/names/changes/{merged.data['id']}/undo/")
    assert (again.status_code, again.data["detail"]) == (409, "This is undone already.")
    put("The Sea", "%s <b>100%</b>")
    taken = api.post(f"/api/authors/{long.pk}/rename/", {"name": "%s <b>100%</b>"}, format="json")
    assert (taken.status_code, taken.data["detail"]) == (
        400,
        "There is another “%s <b>100%</b>”. Merge the two instead.",
    )
    itself = api.post(f"/api/authors/{long.pk}/merge/", {"into": long.pk}, format="json")
    assert (itself.status_code, itself.data["detail"]) == (
        400,
        "A name can’t be merged with itself. Choose another one.",
    )
    assert member.post(f"/api/authors/{long.pk}/merge/", {"into": short.pk}, format="json").status_code == 404
    assert api.post(f"/api/authors/{2**80}/rename/", {"name": "x"}, format="json").status_code == 404
