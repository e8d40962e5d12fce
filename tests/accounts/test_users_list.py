import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from task.accounts import filters
from task.accounts.models import User
from task.accounts.tasks import generate_random_users
from task.accounts.words import IndexedUser
from task.jobs.testing import execute_all
from task.schedules.tasks import index_for_search

URL = reverse("users_list")
SORTS = {"newest": "-id", "name": "name_key", "username": "username_key", "email": "email_key"}
pytestmark = pytest.mark.django_db


@pytest.fixture
def random_users(alice, sam):
    generate_random_users.apply_async(kwargs={"total": 120}, owner=alice)
    execute_all()
    return list(User.objects.filter(is_random=True))


def rows(client, **params):
    response = client.get(URL, params)
    assert response.status_code == 200
    return response.context["rows"]


def test_a_stranger_is_asked_to_log_in(client):
    assert client.get(URL).headers["Location"] == f"{reverse('login')}?next={URL}"


def test_an_empty_list_says_how_to_begin(member):
    assert "No users yet" in member.get(URL).content.decode()


def test_members_see_random_users_alone_whatever_they_ask(member, random_users, alice, sam):
    for params in ({}, {"kind": "people"}, {"q": "sam"}, {"q": "alice@"}, {"sort": "email", "last": "1"}):
        assert all(user.is_random for user in rows(member, **params))
    assert rows(member, q="sam@example.org") == []


def test_staff_see_everyone_and_choose(staff, random_users, alice, sam):
    assert {alice, sam} <= set(rows(staff, sort="username")) | set(rows(staff, kind="people"))
    assert set(rows(staff, kind="people")) == {alice, sam}
    assert all(user.is_random for user in rows(staff, kind="random"))
    assert rows(staff, q="ALICE@ex") == [alice]


@pytest.mark.parametrize("sort", SORTS)
def test_every_page_of_every_order_is_there_once(member, random_users, sort):
    seen, url = [], f"{URL}?sort={sort}"
    while url:
        response = member.get(url)
        seen += response.context["rows"]
        following = response.context["page"].next_url
        url = f"{URL}{following}" if following else ""
    column = SORTS[sort].removeprefix("-")
    expected = sorted(random_users, key=lambda user: (getattr(user, column), user.pk), reverse=SORTS[sort][0] == "-")
    assert [user.pk for user in seen] == [user.pk for user in expected]


@pytest.mark.parametrize("part", ["first_name", "username", "email"])
def test_a_search_finds_the_beginning_in_any_case(member, random_users, part):
    wanted = random_users[17]
    found = rows(member, q=f" {getattr(wanted, part).upper()} ")
    assert wanted in found or len(found) == 25
    assert all(user.name_key.startswith(wanted.name_key.split()[0]) for user in found)


def test_a_name_is_found_without_its_accents(staff, alice):
    alice.first_name, alice.last_name = "Zoë", "Łoś"
    alice.save()
    assert rows(staff, q="zoe") == rows(staff, q="ZOË") == [alice]


def test_staff_find_people_by_any_word_as_it_is_now(staff, member, alice, random_users):
    alice.first_name, alice.last_name = "Ada", "King-Noel"
    alice.save()
    for q in ("noel", "king ada", "NOË", "example alice", "alice"):
        assert rows(staff, q=q) == [alice], q
        assert alice not in rows(member, q=q)
    assert "Ada King-<mark>Noel</mark>" in staff.get(URL, {"q": "noel"}).content.decode()
    alice.last_login = None
    alice.save(update_fields=["last_login"])
    User.objects.filter(pk=alice.pk).update(last_name="Lovelace")
    assert (rows(staff, q="noel"), rows(staff, q="lovelace")) == ([], [alice])
    assert set(IndexedUser.objects.values_list("user__is_random", flat=True)) == {False}
    alice.delete()
    assert not IndexedUser.objects.filter(text__contains="lovelace").exists()


def test_the_palette_and_the_page_of_nothing_found_tell_staff_alone_of_people(staff, member, alice):
    for page in ("/palette/?q=example+alice", "/books/?q=example+alice"):
        assert "Users, 1" in staff.get(page).content.decode()
        assert "Users, " not in member.get(page).content.decode()


def test_who_was_here_before_is_indexed_by_a_job(staff, alice, bob):
    wanted = sorted(IndexedUser.objects.values_list("pk", "text"))
    IndexedUser.objects.all().delete()
    bob.first_name = "Robert"
    bob.save()  # one who changes meanwhile
    assert rows(staff, q="org alice") == []
    index_for_search.delay()
    execute_all()
    assert rows(staff, q="org alice") == [alice]
    assert [row for row in sorted(IndexedUser.objects.values_list("pk", "text")) if row[0] != bob.pk] == [
        row for row in wanted if row[0] != bob.pk
    ]


@pytest.mark.parametrize("q", ["%", "_", "zzzzz", "'; drop table", "\0", "😀", "x" * 5000, "\u202eabc", "\U0010ffff"])
def test_odd_searches_find_nobody_and_break_nothing(member, random_users, q):
    found = rows(member, q=q)
    assert found == [] or q == "\0"


@pytest.mark.parametrize(
    "params", [{"sort": "password"}, {"sort": ""}, {"after": "nonsense"}, {"kind": "x"}, {"q": ""}]
)
def test_odd_parameters_give_a_page(staff, random_users, params):
    assert rows(staff, **params)


def test_a_search_that_finds_too_many_says_so(member, random_users, monkeypatch):
    monkeypatch.setattr(filters, "MOST_FOUND", 1)
    letter = random_users[0].username[0]
    while sum(user.username.startswith(letter) for user in random_users) < 2:
        letter = random_users.pop().username[0]
    assert "Type more letters" in member.get(URL, {"q": letter}).content.decode()


def test_a_page_never_loads_a_password_nor_counts(staff, random_users):
    for params in ({}, {"q": random_users[0].username[:3]}, {"sort": "name", "last": "1"}):
        with CaptureQueriesContext(connection) as queries:
            staff.get(URL, params)
        lists = [query["sql"] for query in queries if "LIMIT 26" in query["sql"]]
        assert lists
        assert not any("password" in sql for sql in lists)
        assert not any("COUNT(" in query["sql"] for query in queries)
        # Two for what the person may do in the administration, two for the menu; of words PostgreSQL is asked in steps
        assert len(queries) <= (19 if connection.vendor == "postgresql" else 13)


@pytest.mark.sqlite
@pytest.mark.parametrize("is_staff", [False, True])
@pytest.mark.parametrize("sort", SORTS)
def test_every_order_is_read_from_an_index(member, staff, random_users, sort, is_staff):
    narrow = [{"kind": "people"}, {"kind": "random"}] if is_staff else [{}]
    for params in ({"sort": sort}, {"sort": sort, "last": "1"}, *({"sort": sort, **each} for each in narrow)):
        with CaptureQueriesContext(connection) as queries:
            (staff if is_staff else member).get(URL, params)
        [sql] = [query["sql"] for query in queries if "LIMIT 26" in query["sql"]]
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            plan = " ".join(row[-1] for row in cursor.fetchall())
        assert "TEMP B-TREE" not in plan, plan
        # Else a hundred people would be looked for among a million random users.
        assert ("(is_random=?" in plan) == (not is_staff or "kind" in params), plan


def test_markup_in_a_name_is_shown_as_text(staff, alice):
    User.objects.create(username="eve", email="eve@example.org", first_name="<script>alert(1)</script>")
    assert "<script>alert(1)" not in staff.get(URL, {"q": "<script>"}).content.decode()
