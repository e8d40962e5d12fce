"""The form: six canvases, whole sentences for bad numbers, one run for a double click."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from task.playground.canvases import CANVASES, MOST_OPEN
from task.playground.models import PlaygroundRun
from task.playground.views import PlaygroundView
from tests.playground.pages import record

URL = reverse("playground")
pytestmark = pytest.mark.django_db


def send(client, canvas="chain", numbers="2, 3", **rest):
    token = client.get(URL).context["form_token"]
    return client.post(URL, {"form_token": token, "canvas": canvas, "numbers": numbers, **rest})


def sentences(response, field="numbers"):
    assert response.status_code == 200
    return " ".join(response.context["form"].errors.get(field, []))


def flashes(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_a_stranger_is_asked_to_log_in(client, broker):
    for response in (client.get(URL), client.post(URL, {"canvas": "chain", "numbers": "2, 3"})):
        assert response.headers["Location"] == f"{reverse('login')}?next={URL}"
    assert not PlaygroundRun.objects.exists()


@pytest.mark.parametrize(
    ("canvas", "numbers", "graph", "messages"),
    [
        ("chain", "2, 3", [["add(2, 3)"], ["multiply(…, 10)"], ["store(…)"]], 1),
        ("group", "1 2 3", [["square(1)", "square(2)", "square(3)"]], 3),
        ("chord", "1; 2", [["divide(100, 1)", "divide(100, 2)"], ["total(…)"], ["store(…)"]], 2),
        ("chord", "5", [["divide(100, 5)"], ["total(…)"], ["store(…)"]], 1),
        ("fail", "7", [["divide(7, 0)"], ["store(…)"]], 1),
        ("retry", "-7", [["stumble(-7)"], ["store(…)"]], 1),
        ("progress", "10", [["count(10)"], ["store(…)"]], 1),
    ],
)
def test_each_canvas_is_saved_with_the_ids_that_are_published(member, alice, broker, canvas, numbers, graph, messages):
    response = send(member, canvas, numbers)
    run = PlaygroundRun.objects.get()
    assert response.headers["Location"] == reverse("playground_run", args=[run.pk]) == run.get_absolute_url()
    assert flashes(response) == ["Started. Watch its tasks on this page."]
    assert (run.owner, run.canvas, run.ended) == (alice, canvas, None)
    assert run.published is not None
    assert [[node["words"] for node in stage] for stage in run.graph] == graph
    assert broker.messages == [(node["task"], node["id"]) for node in run.graph[0]]
    assert len(broker.messages) == messages
    assert len({node["id"] for node in run.nodes}) == len(run.nodes)


def test_the_row_is_committed_before_the_first_message(member, broker, monkeypatch):
    seen = []
    monkeypatch.setattr(broker, "publish", lambda *args, **rest: seen.append(PlaygroundRun.objects.get().published))
    send(member)
    assert seen == [None]


@pytest.mark.parametrize(
    ("canvas", "numbers", "says"),
    [
        ("chain", "", "Type two numbers, as in 2, 3."),
        ("chain", " ,; ", "Type two numbers, as in 2, 3."),
        ("chain", "2", "takes two numbers. You entered 1."),
        ("chain", "1 2 3", "takes two numbers. You entered 3."),
        ("chain", f"2, {'9' * 400}", "This number has 400 digits, and at most 15 fit on the page of a run."),
        ("chain", f"-{'9' * 16}, 1", "has 16 digits"),
        ("chain", "two, three", "“two” is not a whole number. Enter numbers"),
        ("chain", "1.5, 2", "“1.5” is not a whole number."),
        ("chain", "nan, inf", "“nan” is not a whole number."),
        ("chain", "1e9, 2", "“1e9” is not a whole number."),
        ("chain", "0x10, 2", "not a whole number"),
        ("chain", "1_000, 2", "not a whole number"),
        ("chain", "--2, 2", "not a whole number"),
        ("chain", "2, ½", "“1⁄2” is not a whole number."),
        ("chain", "2, 😀", "“😀” is not a whole number."),
        ("chain", "2, <b>3</b>", "“<b>3</b>” is not a whole number."),
        ("chain", "2, 3\0", "“3␀” is not a whole number."),
        ("chain", "x" * 4_000 + " 2", "x…” is not a whole number."),
        ("chain", "1" * 10_000, "This is too long. A number has at most 15 digits."),
        ("group", " ".join("1" * 11), "takes one to 10 numbers. You entered 11."),
        ("chord", "", "Type one to 10 numbers"),
        ("fail", "1, 2", "takes one number. You entered 2."),
        ("progress", "11", "11 is not possible here: ask for 1 to 10."),
        ("progress", "0", "0 is not possible here"),
        ("progress", "-3", "-3 is not possible here"),
        ("progress", f"{'0' * 4_900}11", "11 is not possible here"),
    ],
)
def test_a_bad_number_is_a_sentence_and_what_was_typed_is_kept(member, broker, canvas, numbers, says):
    response = send(member, canvas, numbers)
    assert says in sentences(response)
    assert response.context["form"]["numbers"].value() == numbers
    assert response.context["canvas"] is CANVASES[canvas]
    assert "<b>3</b>" not in response.content.decode()
    assert not PlaygroundRun.objects.exists()
    assert broker.messages == []


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("-2, +3", [-2, 3]),
        ("１２ ３", [12, 3]),
        ("−5、٣", [-5, 3]),
        (f"{'9' * 15}, 0000000000000000000007", [10**15 - 1, 7]),
        ("  4\t5  ", [4, 5]),
        (f"{'0' * 4_900}1 -{'0' * 4}", [1, 0]),
        (f"-{'0' * 4_900}1, 0", [-1, 0]),
    ],
)
def test_numbers_of_every_script_and_sign_are_good(member, broker, typed, numbers):
    assert send(member, "chain", typed).status_code == 302
    assert PlaygroundRun.objects.get().inputs == numbers


@pytest.mark.parametrize("canvas", ["", "nothing", "\0", "chain\0", "x" * 10_000])
def test_an_unknown_canvas_is_a_sentence(member, broker, canvas):
    response = send(member, canvas)
    assert "Choose one of the six canvases." in sentences(response, "__all__")
    assert response.context["form"]["numbers"].value() == "2, 3"
    assert member.get(URL, {"canvas": canvas}).status_code == 200
    assert not PlaygroundRun.objects.exists()


def test_a_double_click_is_one_run_and_changed_numbers_another(member, broker):
    fields = {"form_token": member.get(URL).context["form_token"], "canvas": "group", "numbers": "1, 2"}
    first = member.post(URL, fields)
    second = member.post(URL, fields)
    assert flashes(second)[-1] == "You already sent this. Here is its run."
    assert first.headers["Location"] == second.headers["Location"]
    assert (PlaygroundRun.objects.count(), len(broker.messages)) == (1, 2)
    member.post(URL, {**fields, "numbers": "1, 3"})
    assert PlaygroundRun.objects.count() == 2


def test_two_clicks_at_the_same_moment_are_one_run_also_where_one_is_allowed(member, broker, monkeypatch):
    looked_up, views = PlaygroundView.run_before, []

    def blind_at_first(view):
        views.append(view)
        return looked_up(view) if views.count(view) > 1 else None

    monkeypatch.setattr(PlaygroundView, "run_before", blind_at_first)
    for canvas, numbers in (("progress", "10"), ("chain", "2, 3")):
        fields = {"form_token": "the same", "canvas": canvas, "numbers": numbers}
        first, second = (member.post(URL, fields) for _ in range(2))
        assert first.headers["Location"] == second.headers["Location"]
    assert PlaygroundRun.objects.count() == 2


def test_two_people_with_one_token_have_a_run_each(member, stranger, broker):
    for client in (member, stranger):
        client.post(URL, {"form_token": "the same", "canvas": "chain", "numbers": "2, 3"})
    assert PlaygroundRun.objects.count() == 2


def test_the_sixth_run_on_its_way_has_to_wait(member, stranger, broker):
    for number in range(MOST_OPEN):
        assert send(member, "retry", str(number)).status_code == 302
    response = send(member, "retry", "6")
    assert "You have 5 unfinished runs." in sentences(response, "__all__")
    assert response.context["form"]["numbers"].value() == "6"
    assert send(stranger, "retry", "6").status_code == 302
    assert PlaygroundRun.objects.count() == MOST_OPEN + 1


def test_one_run_at_a_time_may_hold_a_worker(member, broker):
    assert send(member, "progress", "10").status_code == 302
    assert "is still using a worker" in sentences(send(member, "progress", "10"), "__all__")
    assert send(member, "chain", "2, 3").status_code == 302
    [run] = PlaygroundRun.objects.filter(canvas="progress")
    record(run, 1, 0, "SUCCESS", "10")
    assert send(member, "progress", "9").status_code == 302


def test_without_csrf_nothing_starts(alice, broker):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post(URL, {"canvas": "chain", "numbers": "2, 3"}).status_code == 403
    assert not PlaygroundRun.objects.exists()


@pytest.mark.parametrize("canvas", CANVASES)
def test_the_code_of_each_canvas_stands_beside_its_form(member, canvas):
    page = member.get(URL, {"canvas": canvas})
    shown = "".join(source.html for source in page.context["sources"])
    assert f"{CANVASES[canvas].build.__name__}(run" in shown
    for task in CANVASES[canvas].tasks:
        assert f"&quot;{task.name}&quot;" in shown
    assert "task/playground/canvases.py, line&nbsp;" in page.content.decode()
    assert CANVASES[canvas].lesson.split(":")[0].replace("'", "&#x27;") in page.content.decode()
