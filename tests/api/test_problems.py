"""Whatever is wrong with a request: problem details with 4xx, in a sentence."""

import json

import pytest
from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db

BULK = "/api/books/bulk-create"
DEEP = "[" * 100_000


def is_problem(answer, status):
    body = answer.json()
    assert answer.status_code == status, body
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert body["status"] == status
    assert body["title"]
    assert body["detail"].endswith((".", "…", "}"))
    return body


def raw(api, body, content_type="application/json", path=BULK):
    return api.generic("POST", path, body, content_type=content_type)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 400), ("{", 400), ("null", 400), ("[]", 400), ('"text"', 400), ("12", 400), ("NaN", 400),
        ('{"isbn": NaN}', 400), ('{"isbn": 12}', 400), ('{"isbn": {}}', 400), ('{"isbn": []}', 400),
        ('{"isbn": [null]}', 400), ('{"isbn": [[]]}', 400), ('{"isbn": [true]}', 400), ('{"isbn": [1.5]}', 400),
        ('{"isbn": ["\\u0000"]}', 400), ('{"isbn": ["\\ud800"]}', 400), ('{"isbn": ["x"], "more": 1}', 400),
        ('{"isbn": [' + "9" * 5000 + "]}", 400), (DEEP, 400), (b"\xff\xfe", 400),
    ],
)  # fmt: skip
def test_a_body_that_makes_no_sense(program, alice, body, status):
    is_problem(raw(program(alice), body), status)


def test_a_field_that_is_not_known_is_named(program, alice):
    body = is_problem(raw(program(alice), '{"isbn": ["9780345418913"], "isbns": []}'), 400)
    assert body["errors"] == [{"pointer": "/isbns", "detail": "There is no such field here."}]


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/api/orders/", {"book": "9780345418913", "quantity": "2"}, "/quantity"),
        ("/api/orders/", {"book": "9780345418913", "quantity": True}, "/quantity"),
        ("/api/reports/", {"language": 12}, "/language"),
        ("/api/reports/", {"language": "python", "mail": 1}, "/mail"),
        ("/api/reports/", {"language": "python", "mail": "no"}, "/mail"),
        ("/api/playground/", {"canvas": "chain", "numbers": [1, "2"]}, "/numbers"),
        ("/api/playground/", {"canvas": 1, "numbers": [1, 2]}, "/canvas"),
        ("/api/reports/", {"language": " " * 100 + "python", "mail": False}, "/language"),
    ],
)
def test_a_field_of_another_type_is_named(program, alice, path, body, pointer):
    body = is_problem(program(alice).post(path, body, format="json"), 400)
    assert [error["pointer"] for error in body["errors"]] == [pointer]


def test_what_is_missing_is_said_in_the_pages_words(program, alice):
    body = is_problem(program(alice).post("/api/reports/", {}, format="json"), 400)
    assert body["detail"] == "Choose a language."


@pytest.mark.parametrize("key", ["", "a b", "é", "k" * 201])
def test_an_idempotency_key_that_is_none(program, alice, key):
    body = {"isbn": ["9780345418913"]}
    is_problem(program(alice).post(BULK, body, format="json", HTTP_IDEMPOTENCY_KEY=key), 400)


def test_a_body_that_is_no_json(program, alice):
    is_problem(raw(program(alice), "isbn=1", "application/x-www-form-urlencoded"), 415)
    is_problem(raw(program(alice), "<isbn/>", "text/xml"), 415)


def test_a_body_that_is_too_large(program, alice):
    is_problem(raw(program(alice), json.dumps({"isbn": ["9780345418913"], "x": "x" * 5_000_000})), 413)
    is_problem(raw(program(alice), b"x" * 21_000_000), 413)


def test_who_wants_a_page(program, alice):
    is_problem(program(alice).get("/api/jobs/", HTTP_ACCEPT="text/html"), 406)


@pytest.mark.parametrize("path", ["/api/jobs/", "/api/books/", BULK, "/books/bulk-create"])
def test_nobody(path):
    api = APIClient()
    answer = api.post(path, {}, format="json") if "bulk" in path else api.get(path)
    is_problem(answer, 401)
    assert answer.headers["WWW-Authenticate"] == "Token"


@pytest.mark.parametrize("header", ["Token x", "Token", "Token a b", "Token \xff", "Token " + "x" * 5000])
def test_a_token_that_is_none(header):
    is_problem(APIClient().get("/api/jobs/", HTTP_AUTHORIZATION=header), 401)


def test_what_is_not_there(program, alice):
    api = program(alice)
    books = ("books/9780345418913", "books/x", "authors/1", "authors/x", f"authors/{10**30}")
    for path in ("nothing", *books, "jobs/1", "jobs/00000000-0000-0000-0000-000000000000"):
        is_problem(api.get(f"/api/{path}/"), 404)


def test_a_method_that_is_not_there(program, alice):
    answer = program(alice).delete("/api/jobs/")
    is_problem(answer, 405)
    assert "GET" in answer.headers["Allow"]
    is_problem(program(alice).get(BULK), 405)


@pytest.mark.parametrize("query", ["sort=size", "sort=", "state=odd", "state=", "whose="])
def test_a_list_that_is_not_there(program, alice, query):
    is_problem(program(alice).get(f"/api/jobs/?{query}"), 400)


@pytest.mark.parametrize("cursor", ["x", "é", "aaaaaaaa.after.W10", "9" * 9000])
def test_a_page_that_is_not_there(program, alice, cursor):
    is_problem(program(alice).get("/api/jobs/", {"cursor": cursor}), 404)


def test_a_cursor_of_another_list(program, alice):
    from tests.workbench.tasks import do_nothing

    api = program(alice)
    for _ in range(26):
        do_nothing.apply_async(owner=alice)
    following = api.get("/api/jobs/").json()["next"]
    cursor = following.partition("cursor=")[2]
    assert api.get("/api/jobs/", {"cursor": cursor}).status_code == 200
    body = is_problem(api.get("/api/books/", {"cursor": cursor}), 404)
    assert body["detail"] == "This cursor belongs to another list. Begin again without it."


def test_too_many_requests_say_when_to_come_back(program, alice, bob, settings):
    settings.API_REQUESTS_A_MINUTE = 3
    api = program(alice)
    statuses = [api.get("/api/jobs/").status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    answer = api.get("/api/jobs/")
    is_problem(answer, 429)
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert program(bob).get("/api/jobs/").status_code == 200


class TestWhoIsNobody:
    """Guesses at tokens, and requests without one, from one address."""

    def asked(self, **headers):
        return APIClient().get("/api/jobs/", **headers)

    @pytest.mark.parametrize("headers", [{}, {"HTTP_AUTHORIZATION": "Token desk_wrong"}])
    def test_is_told_when_to_come_back(self, settings, headers):
        settings.API_REFUSALS_A_MINUTE = 3
        answers = [self.asked(**headers) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
        is_problem(answers[-1], 429)
        assert 0 < int(answers[-1].headers["Retry-After"]) <= 60

    def test_locks_nobody_out_who_has_a_token_at_that_address(self, program, alice, settings):
        settings.API_REFUSALS_A_MINUTE = 1
        assert [self.asked().status_code for _ in range(2)] == [401, 429]
        assert program(alice).get("/api/jobs/").status_code == 200

    def test_is_counted_by_the_address_that_the_trusted_proxy_saw(self, settings):
        settings.API_REFUSALS_A_MINUTE, settings.TRUSTED_PROXIES = 1, 1
        assert self.asked(HTTP_X_FORWARDED_FOR="made.up, 192.0.2.1").status_code == 401
        assert self.asked(HTTP_X_FORWARDED_FOR="other, 192.0.2.1").status_code == 429
        assert self.asked(HTTP_X_FORWARDED_FOR="192.0.2.2").status_code == 401
        assert self.asked(HTTP_X_FORWARDED_FOR="2001:db8::1").status_code == 401
        assert self.asked(HTTP_X_FORWARDED_FOR="2001:db8::2").status_code == 429

    def test_costs_the_database_no_write(self, django_assert_num_queries):
        with django_assert_num_queries(0):
            self.asked()
        with django_assert_num_queries(1):  # whose token it is
            self.asked(HTTP_AUTHORIZATION="Token desk_wrong")


def test_a_session_needs_its_csrf_token(alice):
    api = APIClient(enforce_csrf_checks=True)
    api.force_login(alice)
    is_problem(api.post(BULK, {"isbn": ["9780345418913"]}, format="json"), 403)
