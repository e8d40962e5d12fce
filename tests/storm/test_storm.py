"""The plan is the same for the same seed, lines do what they say, and the proof sees what is lost or doubled."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from task.accounts.tasks import generate_random_users
from task.backups.models import Backup
from task.books.models import Book
from task.books.tasks import look_up_books
from task.jobs.models import Job
from task.jobs.testing import execute_all
from task.orders.models import Order
from tests.books.conftest import library as library
from tests.storm.lines import Line
from tests.storm.load import COPIES, Sent
from tests.storm.plan import ANYWHERE, EMBEDDED, SERVICES, plan
from tests.storm.proof import problems


@pytest.mark.parametrize("with_services", [False, True])
def test_a_plan_is_made_of_its_seed_and_has_each_fault_before_one_comes_again(with_services: bool) -> None:
    kinds = {*ANYWHERE, *(SERVICES if with_services else EMBEDDED)}
    one = plan(7, faults=len(kinds), seconds=30, with_services=with_services)
    assert one == plan(7, faults=len(kinds), seconds=30, with_services=with_services)
    assert one != plan(8, faults=len(kinds), seconds=30, with_services=with_services)
    assert {fault.name for fault in one} == kinds
    long = plan(7, faults=60, seconds=30, with_services=with_services)
    assert [fault.name for fault in long].count("restart everything") == 1


class TestLine:
    @pytest.fixture
    def service(self) -> Iterator[socket.socket]:
        with socket.create_server(("127.0.0.1", 0)) as server:
            yield server

    def test_it_carries_both_ways_and_nothing_while_it_is_silent(self, service: socket.socket) -> None:
        with Line(*service.getsockname()) as line, socket.create_connection(("127.0.0.1", line.port)) as here:
            there, _ = service.accept()
            here.sendall(b"ping")
            assert there.recv(10) == b"ping"
            line.silence()
            here.sendall(b"more")
            there.settimeout(0.1)
            with pytest.raises(TimeoutError):
                there.recv(10)
            line.mend()
            there.settimeout(20)
            assert there.recv(10) == b"more"
            there.sendall(b"pong")
            assert here.recv(10) == b"pong"
            there.close()

    def test_cut_it_throws_out_who_is_there_and_lets_nobody_in(self, service: socket.socket) -> None:
        with Line(*service.getsockname()) as line:
            here = socket.create_connection(("127.0.0.1", line.port))
            there, _ = service.accept()
            line.cut()
            assert ends(here)
            assert ends(there)
            assert ends(socket.create_connection(("127.0.0.1", line.port)))
            line.mend()
            with socket.create_connection(("127.0.0.1", line.port)):
                service.settimeout(20)
                service.accept()[0].close()


def ends(line: socket.socket) -> bool:
    line.settimeout(20)
    try:
        return line.recv(1) == b""
    except ConnectionError:
        return True
    finally:
        line.close()


@pytest.mark.django_db
class TestProof:
    NUMBERS = ["9780345418913", "9780451524935"]

    @pytest.fixture
    def sent(self, alice: Any, library: Any) -> list[Sent]:
        """Two submissions, done as they should be."""
        users = generate_random_users.apply_async(kwargs={"total": 50}, owner=alice)
        scan = look_up_books.apply_async(
            kwargs={"count": 2},
            owner=alice,
            rows=lambda job: Book.objects.bulk_create(Book(isbn=isbn, job=job) for isbn in self.NUMBERS),
        )
        execute_all()
        return [
            Sent("users", "", {"total": 50}, "1", job=users.pk),
            Sent("scan", "", {"isbn": self.NUMBERS}, "2", job=scan.pk),
        ]

    def told(self, sent: list[Sent], folder: Path) -> list[str]:
        return list(problems(sent, [], folder))

    def test_nothing_is_told_of_what_is_well(self, sent: list[Sent], tmp_path: Path) -> None:
        assert self.told(sent, tmp_path) == []

    def test_a_lost_job_a_refusal_and_a_lost_row_are_told(self, sent: list[Sent], alice: Any, tmp_path: Path) -> None:
        Job.objects.filter(pk=sent[1].job).delete()
        sent.append(Sent("order", "", {}, "3", refusal="It was never answered."))
        alice._meta.model.objects.filter(is_random=True).first().delete()
        words = " / ".join(self.told(sent, tmp_path))
        assert "order 3 was not accepted: It was never answered." in words
        assert f"scan 2: its job {sent[1].job} is lost" in words
        assert "50 random users were asked for by 1, and 49 are there" in words

    def test_a_second_job_a_stuck_one_and_an_empty_book_are_told(
        self, sent: list[Sent], alice: Any, tmp_path: Path
    ) -> None:
        generate_random_users.apply_async(kwargs={"total": 50}, owner=alice)
        Book.objects.filter(isbn=self.NUMBERS[0]).update(state="not_found")
        words = " / ".join(self.told(sent, tmp_path))
        assert "stuck: accounts.generate" in words
        assert "1 submissions of accounts.generate made 2 jobs" in words
        assert f"1 of 2 scanned books are not filled as they should be: ['{self.NUMBERS[0]}']" in words

    def test_copies_that_do_not_add_up_and_a_lost_email_are_told(
        self, sent: list[Sent], alice: Any, tmp_path: Path
    ) -> None:
        book = Book.objects.get(isbn=self.NUMBERS[0])
        Order.objects.create(book=book, quantity=2, owner=alice, job_id=sent[0].job)
        Book.objects.filter(pk=book.pk).update(copies=COPIES - 1)
        sent[0] = Sent("order", "", {"book": book.isbn, "quantity": 2}, "1", job=sent[0].job)
        words = " / ".join(self.told(sent, tmp_path))
        assert f"2 copies of {book.isbn} were ordered: orders of 2, and {COPIES - 1} are left" in words
        assert "order 1 was told of by 0 emails" in words

    def test_a_backup_that_found_a_full_disk_has_ended_if_the_disk_was_full(self, alice: Any, tmp_path: Path) -> None:
        job = Job.objects.create(
            kind="backups.back_up", owner=alice, state="failed", error="The disk is full: no room."
        )
        row = Backup.objects.create(job=job, name="desk-1.tar.gz", state="failed", reason=job.error)
        sent = [Sent("backup", "", {}, "1", job=job.pk)]
        assert list(problems(sent, [], tmp_path, disk_was_full=True)) == []
        assert f"backup 1: its job {job.pk} is failed" in " / ".join(problems(sent, [], tmp_path))
        after = Job.objects.create(kind="reports.build", parent_id=job.pk, state="failed", error=job.error)
        assert list(problems(sent, [], tmp_path, disk_was_full=True)) == []
        assert f"failed: reports.build {after.pk}" in " / ".join(problems(sent, [], tmp_path))
        (tmp_path / row.name).touch()
        (left,) = problems(sent, [], tmp_path, disk_was_full=True)
        assert left.endswith("that belong to none: ['desk-1.tar.gz']")
