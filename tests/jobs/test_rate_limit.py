import threading
import time
from datetime import timedelta
from itertools import combinations

import pytest
from django.db import connection

from task.jobs import RetryLater
from task.jobs.engine.clock import Now
from task.jobs.models import RateLimit
from task.jobs.services import rate_limit


@pytest.mark.django_db
def test_two_turns_are_an_interval_apart() -> None:
    start = time.monotonic()
    for _ in range(3):
        rate_limit.wait_for_turn("a", 0.15)
    assert time.monotonic() - start > 0.298  # a database's clock may have milliseconds


@pytest.mark.django_db
def test_sources_do_not_wait_for_each_other() -> None:
    start = time.monotonic()
    for name in "abcde":
        rate_limit.wait_for_turn(name, 60)
    assert time.monotonic() - start < 30  # and not the minute that is between two turns


@pytest.mark.django_db
def test_a_long_line_gives_the_worker_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "PATIENCE", 0.2)
    rate_limit.wait_for_turn("a", 60)
    start = time.monotonic()
    with pytest.raises(RetryLater) as raised:
        rate_limit.wait_for_turn("a", 60)
    assert time.monotonic() - start < 30  # and not the minute that is between two turns
    assert raised.value.counts is False
    assert raised.value.after is not None
    assert 50 < raised.value.after < 61


@pytest.mark.django_db
def test_a_block_holds_for_all_until_its_time_and_tells_why() -> None:
    rate_limit.wait_for_turn("a", 0)
    rate_limit.block("a", "Come back later.", 30)
    with pytest.raises(RetryLater, match="Come back later"):
        rate_limit.wait_for_turn("a", 0)
    RateLimit.objects.filter(source="a").update(blocked_until=Now() - timedelta(seconds=1))
    rate_limit.wait_for_turn("a", 0)


@pytest.mark.django_db
def test_a_shorter_block_does_not_end_a_longer_one() -> None:
    rate_limit.wait_for_turn("a", 0)
    rate_limit.block("a", "Come back in an hour.", 3600)
    rate_limit.block("a", "A short fault.", 5)
    rate_limit.block("a", "Away.", 5, grows=True)
    with pytest.raises(RetryLater, match="Come back in an hour") as raised:
        rate_limit.wait_for_turn("a", 0)
    assert raised.value.after is not None
    assert raised.value.after > 3500
    assert RateLimit.objects.get().strikes == 1
    rate_limit.block("a", "Come back tomorrow.", 86_400)
    with pytest.raises(RetryLater, match="Come back tomorrow"):
        rate_limit.wait_for_turn("a", 0)


@pytest.mark.django_db
def test_a_good_answer_does_not_lift_a_block_that_another_worker_has_met_since() -> None:
    rate_limit.wait_for_turn("a", 0)
    rate_limit.block("a", "Wait.", 60)
    rate_limit.clear("a")
    assert RateLimit.objects.get().blocked_until is not None


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_share_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    rate_limit.wait_for_turn("a", 0)
    monkeypatch.setattr(rate_limit, "PATIENCE", 60.0)
    reserve, taken = rate_limit._reserve, []  # when each turn was asked for at the earliest, and had at the latest

    def noted(source: str, interval: float) -> bool:
        began = time.monotonic()
        found = reserve(source, interval)
        if found:
            taken.append((began, time.monotonic()))
        return found

    monkeypatch.setattr(rate_limit, "_reserve", noted)

    def work() -> None:
        try:
            for _ in range(3):
                rate_limit.wait_for_turn("a", 0.1)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 12
    # A thread may stand still between its turn and its note: the turn itself was somewhere within.
    gaps = [max(one[1], other[1]) - min(one[0], other[0]) for one, other in combinations(taken, 2)]
    assert min(gaps) > 0.098, gaps


@pytest.mark.django_db(transaction=True)
def test_the_first_turn_ever_is_taken_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "PATIENCE", 0.0)
    taken: list[int] = []

    def work() -> None:
        try:
            rate_limit.wait_for_turn("new", 60)
            taken.append(1)
        except RetryLater:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 1
