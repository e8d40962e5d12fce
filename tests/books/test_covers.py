"""Covers: fetched from their own hosts alone, made into two sizes, shown, kept for a year and cleared away."""

import io
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from task.books.covers import files, pictures
from task.books.covers.fetching import fetch_cover, is_ours
from task.books.covers.pictures import NoCover
from task.books.covers.tasks import fetch_again, fetch_covers, make_cover, remove_covers, write
from task.books.models import Book
from task.jobs import RetryLater
from task.jobs.models import Job, RateLimit
from task.jobs.testing import assert_survives, execute_all
from tests.books.conftest import scan
from tests.services.covers import Covers, picture
from tests.services.openlibrary import OpenLibrary
from tests.services.stub import Odd

pytestmark = pytest.mark.django_db
ONE, OTHER = "9780345418913", "9780451524935"
REAL = "https://covers.openlibrary.org"


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


@pytest.fixture
def covers(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Covers]:
    from task.books.covers import fetching

    monkeypatch.setattr(fetching, "SECONDS_A_REQUEST", 0.01)
    with Covers() as server:
        settings.COVERS_URL = server.url
        yield server


@pytest.fixture
def staff(client_of: Callable[[Any], Client], charlie: Any) -> Client:
    return client_of(charlie)


def book(isbn: str = ONE, **columns: Any) -> Book:
    url = f"{REAL}/b/id/{isbn[-4:]}-L.jpg"
    return Book.objects.create(**{"isbn": isbn, "title": "T", "state": "filled", "cover_url": url, **columns})


def size_of(content: bytes) -> tuple[str | None, tuple[int, int]]:
    with Image.open(io.BytesIO(content)) as image:
        return image.format, image.size


class TestPictures:
    @pytest.mark.parametrize(
        ("size", "small", "large"),
        [
            ((2000, 3000), (240, 360), (600, 900)),
            ((500, 400), (240, 192), (500, 400)),  # never made larger
            ((100, 150), (100, 150), (100, 150)),
        ],
    )
    def test_two_sizes_that_keep_their_shape(
        self, size: tuple[int, int], small: tuple[int, int], large: tuple[int, int]
    ) -> None:
        made = pictures.make(picture("x", size))
        assert size_of(made.small) == ("WEBP", small)
        assert size_of(made.large) == ("WEBP", large)

    @pytest.mark.parametrize(("form", "mode"), [("PNG", "RGBA"), ("GIF", "L"), ("WEBP", "RGB"), ("JPEG", "CMYK")])
    def test_other_forms(self, form: str, mode: str) -> None:
        assert size_of(pictures.make(picture("x", (300, 450), form, mode)).small) == ("WEBP", (240, 360))

    def test_one_that_lies_on_its_side_is_set_upright(self) -> None:
        out = io.BytesIO()
        image = Image.new("RGB", (300, 200), "red")
        exif = image.getexif()
        exif[0x0112] = 6
        image.save(out, "JPEG", exif=exif)
        assert size_of(pictures.make(out.getvalue()).large)[1] == (200, 300)

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"", pictures.NO_IMAGE),
            (b"<html>not found</html>", pictures.NO_IMAGE),
            (picture("x", (1, 1), "GIF", "L"), pictures.TOO_SMALL),
            (picture("x", (400, 5)), pictures.TOO_SMALL),
            (picture("x")[:200], pictures.NO_IMAGE),
            (picture("x", (6000, 5000), "PNG", "L"), pictures.TOO_LARGE),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", pictures.NO_IMAGE),
        ],
        ids=["nothing", "a page", "one pixel", "a line", "cut", "a bomb", "svg"],
    )
    def test_what_is_no_cover_says_why(self, content: bytes, reason: str) -> None:
        with pytest.raises(NoCover, match=reason[:30]):
            pictures.make(content)


class TestFetching:
    @pytest.mark.parametrize(
        ("host", "ours"),
        [
            ("covers.openlibrary.org", True),
            ("archive.org", True),
            ("ia800100.us.archive.org", True),
            ("archive.org.example.com", False),
            ("notarchive.org", False),
            ("127.0.0.1", True),  # COVERS_URL of the tests
            ("localhost", False),
            ("", False),
        ],
    )
    def test_hosts(self, host: str, ours: bool) -> None:
        assert is_ours(host) is ours

    def test_it_follows_its_own_hosts_three_times(self, covers: Covers) -> None:
        for n in range(3):
            covers.answers[f"/b/id/{n}-L.jpg"] = Odd(302, headers={"Location": f"/b/id/{n + 1}-L.jpg"})
        assert fetch_cover(f"{REAL}/b/id/0-L.jpg").small
        covers.answers["/b/id/3-L.jpg"] = Odd(302, headers={"Location": "/b/id/4-L.jpg"})
        with pytest.raises(NoCover, match="too many times"):
            fetch_cover(f"{REAL}/b/id/0-L.jpg")

    def test_no_answer_sends_us_elsewhere(self, covers: Covers) -> None:
        with Covers() as other:
            elsewhere = other.url.replace("127.0.0.1", "localhost")
            covers.answers["/b/id/1-L.jpg"] = Odd(302, headers={"Location": f"{elsewhere}/secret"})
            with pytest.raises(NoCover, match="redirected us to localhost, which we do not ask"):
                fetch_cover(f"{REAL}/b/id/1-L.jpg")
            assert other.requests == []
        with pytest.raises(NoCover, match="do not come from"):
            fetch_cover("http://localhost/b/id/1-L.jpg")

    @pytest.mark.parametrize(
        "odd", [Odd(404, "no"), Odd(200, b"x" * 5_000_001), Odd(200, picture("x", (1, 1), "GIF", "L"))]
    )
    def test_none_is_none(self, covers: Covers, odd: Odd) -> None:
        covers.answers["/b/id/1-L.jpg"] = odd
        with pytest.raises(NoCover):
            fetch_cover(f"{REAL}/b/id/1-L.jpg")

    @pytest.mark.parametrize("status", [429, 500, 503])
    def test_a_host_that_can_not_now_is_asked_later(self, covers: Covers, status: int) -> None:
        covers.queue(status=status, headers={"Retry-After": "7"})
        with pytest.raises(RetryLater, match=str(status)):
            fetch_cover(f"{REAL}/b/id/1-L.jpg")


class TestJobs:
    def test_a_look_up_is_followed_by_its_covers(self, library: OpenLibrary, covers: Covers, alice: Any) -> None:
        library.has_covers = True
        job = scan([ONE, OTHER], alice)
        execute_all()
        (fetching,) = Job.objects.filter(kind="books.fetch_covers")
        assert (fetching.parent_id, fetching.owner, fetching.message) == (job.pk, alice, "2 covers fetched.")
        one, other = Book.objects.order_by("isbn")
        assert one.cover != other.cover
        for each in (one, other):
            assert not each.cover_due
            for size in files.SIZES:
                assert files.path_of(each.cover, size).stat().st_size > 100
        assert len(covers.requests) == 2

    def test_no_job_where_no_book_has_a_cover(self, library: OpenLibrary, alice: Any) -> None:
        library.records[ONE] = {"title": "Plain"}
        scan([ONE], alice)
        execute_all()
        assert not Job.objects.filter(kind="books.fetch_covers").exists()

    def test_a_book_without_one_is_asked_for_once(self, covers: Covers) -> None:
        covers.answers[f"/b/id/{ONE[-4:]}-L.jpg"] = Odd(404, "no")
        book(ONE, cover_due=True)
        book(OTHER, cover_due=True)
        job = fetch_covers.delay()
        execute_all()
        job.refresh_from_db()
        assert job.message == "1 cover fetched, 1 book without one."
        fetch_covers.delay()
        execute_all()
        assert len(covers.requests) == 2

    def test_a_host_that_is_away_fails_no_job_and_is_asked_by_night(self) -> None:
        book(cover_due=True)
        job = fetch_covers.delay()
        execute_all()
        job.refresh_from_db()
        assert job.state == "succeeded"
        assert (
            job.message == "0 covers fetched. Open Library’s covers can't be reached. The others are fetched tonight."
        )
        assert Book.objects.get().cover_due

    def test_a_cover_of_ones_own_and_another_address_stay(self) -> None:
        own = book(ONE, cover=f"own/{'a' * 32}", cover_due=True)
        write(own, f"fetched/{'b' * 32}")
        own.refresh_from_db()
        assert (own.cover, own.cover_due) == (f"own/{'a' * 32}", False)
        other = book(OTHER, cover_due=True)
        Book.objects.filter(pk=other.pk).update(cover_url=f"{REAL}/b/id/9-L.jpg")
        write(other, f"fetched/{'b' * 32}")
        other.refresh_from_db()
        assert (other.cover, other.cover_due) == ("", True)

    def test_files_that_no_book_has_go_after_a_day(self, media: Path) -> None:
        kept, gone, new = (files.save(pictures.make(picture(words)), files.FETCHED) for words in "abc")
        book(cover=kept)
        half = files.path_of(gone, "s").with_name(".half")
        half.write_bytes(b"x")
        for path in [*(files.path_of(name, size) for name in (kept, gone) for size in files.SIZES), half]:
            os.utime(path, (time.time() - 90_000,) * 2)
        job = remove_covers.delay()
        execute_all()
        job.refresh_from_db()
        assert job.message == "3 files removed."
        left = {path for path in media.rglob("*") if path.is_file()}
        assert left == {files.path_of(name, size) for name in (kept, new) for size in files.SIZES}


@pytest.mark.django_db(transaction=True)
class TestSurvival:
    def test_fetching(self, covers: Covers) -> None:
        book(ONE, cover_due=True)
        assert assert_survives(fetch_covers, reset=RateLimit.objects.all().delete) > 10

    def test_removing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        folders = files.folders()[:2]
        monkeypatch.setattr(files, "folders", lambda: folders)
        assert assert_survives(remove_covers) > 5


class TestPages:
    def test_lists_and_the_book_show_the_photograph(self, member: Client) -> None:
        shown = book(cover=files.save(pictures.make(picture("x")), files.FETCHED))
        shelf = member.get("/books/")
        assert f'<img class="cover cover-photo" src="{shown.cover_small}" alt=""' in shelf.content.decode()
        assert "openlibrary" not in shelf.headers["Content-Security-Policy"]
        page = member.get(shown.get_absolute_url()).content.decode()
        assert f'src="{shown.cover_large}"' in page
        assert "covers.openlibrary.org" not in page

    def test_a_picture_is_sent_with_a_year_s_keeping(self, client: Client) -> None:
        shown = book(cover=files.save(pictures.make(picture("x")), files.FETCHED))
        answer: Any = client.get(shown.cover_small)
        assert answer.headers["Content-Type"] == "image/webp"
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert size_of(b"".join(answer))[0] == "WEBP"

    def test_nginx_sends_it_where_it_may(self, client: Client, settings: Any) -> None:
        settings.X_ACCEL_REDIRECT = True
        shown = book(cover=files.save(pictures.make(picture("x")), files.FETCHED))
        answer = client.get(shown.cover_large)
        assert answer.content == b""
        digest = shown.cover.partition("/")[2]
        assert answer.headers["X-Accel-Redirect"] == f"/private/media/covers/fetched/{digest[:2]}/{digest}-l.webp"

    @pytest.mark.parametrize(
        "path",
        [
            "/covers/fetched/aa-s.webp",
            f"/covers/other/{'a' * 32}-s.webp",
            f"/covers/own/{'a' * 32}-x.webp",
            f"/covers/own/{'a' * 32}-s.webp",
            "/covers/fetched/..%2F..%2Fdesk-s.webp",
        ],
    )
    def test_what_is_no_cover_is_a_404(self, client: Client, path: str) -> None:
        assert client.get(path).status_code == 404


def test_after_a_restore_covers_are_fetched_again_and_own_ones_are_there() -> None:
    book(ONE, cover=f"fetched/{'a' * 32}")
    book(OTHER, cover=f"own/{'b' * 32}")
    fetch_again()
    assert list(Book.objects.order_by("isbn").values_list("cover", "cover_due")) == [
        ("", True),
        (f"own/{'b' * 32}", False),
    ]


def test_a_program_is_told_where_it_is(member: Client) -> None:
    shown = book(ONE, cover=f"fetched/{'a' * 32}")
    book(OTHER)
    assert member.get(f"/api/books/{ONE}/").json()["cover"] == f"http://testserver{shown.cover_large}"
    assert member.get(f"/api/books/{OTHER}/").json()["cover"] is None


class TestOwn:
    """A picture that somebody sends."""

    def sent(self, content: bytes, name: str = "cover.jpg") -> SimpleUploadedFile:
        return SimpleUploadedFile(name, content, "image/jpeg")

    def test_staff_send_one_and_no_source_changes_it(
        self, staff: Client, library: OpenLibrary, covers: Covers, media: Path
    ) -> None:
        shown = book(ONE, cover_due=True)
        answer = staff.post(f"/books/{ONE}/cover/", {"cover": self.sent(picture("mine"))}, follow=True)
        assert "We are making the cover" in answer.content.decode()
        execute_all()
        shown.refresh_from_db()
        assert shown.cover.startswith("own/")
        assert shown.cover_large in staff.get(f"/books/{ONE}/").content.decode()
        assert list((media / "covers/sent").iterdir()) == []
        mine = shown.cover
        fetch_covers.delay()
        execute_all()
        shown.refresh_from_db()
        assert (shown.cover, covers.requests) == (mine, [])

    def test_it_is_removed_and_a_source_s_comes_again(self, staff: Client, covers: Covers) -> None:
        shown = book(ONE, cover=files.save(pictures.make(picture("mine")), files.OWN))
        assert "Remove this picture" in staff.get(f"/books/{ONE}/cover/").content.decode()
        staff.post(f"/books/{ONE}/cover/", {"remove": "yes"})
        fetch_covers.delay()
        execute_all()
        shown.refresh_from_db()
        assert shown.cover.startswith("fetched/")

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"", "The file is empty. Choose a picture."),
            (b"no picture", pictures.NO_IMAGE),
            (picture("x", (1, 1), "GIF", "L"), pictures.TOO_SMALL),
            (picture("x", (6000, 5000), "PNG", "L"), pictures.TOO_LARGE),
            (b"\0\0\0 ftypheic" + b"x" * 100, "HEIC photos can&#x27;t be read"),
            (picture("x") + b"x" * 5_000_000, "This picture is larger than 5 MB. Send a smaller one."),
        ],
        ids=["nothing", "words", "one pixel", "a bomb", "heic", "too many bytes"],
    )
    def test_what_is_no_cover_is_said_beside_the_field(self, staff: Client, content: bytes, reason: str) -> None:
        book(ONE)
        answer = staff.post(f"/books/{ONE}/cover/", {"cover": self.sent(content)})
        assert answer.status_code == 200
        assert reason in answer.content.decode()
        assert not Job.objects.exists()

    def test_one_that_is_cut_fails_with_a_sentence(self, staff: Client) -> None:
        book(ONE)
        staff.post(f"/books/{ONE}/cover/", {"cover": self.sent(picture("x", (900, 900), "PNG")[:-60])})
        execute_all()
        assert Job.objects.get().error == pictures.NO_IMAGE

    def test_members_find_no_such_page(self, member: Client, client: Client) -> None:
        book(ONE)
        assert member.get(f"/books/{ONE}/cover/").status_code == 404
        assert client.get(f"/books/{ONE}/cover/").status_code == 302
        assert member.post(f"/api/books/{ONE}/cover/", {"cover": self.sent(picture("x"))}).status_code == 404

    def test_programs_send_and_remove_one(self, staff: Client) -> None:
        shown = book(ONE)
        answer = staff.post(f"/api/books/{ONE}/cover/", {"cover": self.sent(picture("mine"))})
        assert answer.status_code == 202, answer.content
        execute_all()
        shown.refresh_from_db()
        assert shown.cover.startswith("own/")
        assert staff.delete(f"/api/books/{ONE}/cover/").status_code == 204
        shown.refresh_from_db()
        assert shown.cover == ""
        refused = staff.post(f"/api/books/{ONE}/cover/", {"cover": self.sent(b"no picture")})
        assert (refused.status_code, refused.json()["errors"]) == (
            400, [{"pointer": "/cover", "detail": pictures.NO_IMAGE}]
        )  # fmt: skip
        assert staff.post(f"/api/books/{ONE}/cover/").status_code == 400

    def test_the_history_tells_who_changed_it_and_takes_nothing_back(self, staff: Client, member: Client) -> None:
        shown = book(ONE)
        for content in (picture("mine"), picture("mine"), picture("red")):
            staff.post(f"/books/{ONE}/cover/", {"cover": self.sent(content)})
            execute_all()
        for _ in range(2):
            staff.post(f"/books/{ONE}/cover/", {"remove": "yes"})
        page = " ".join(staff.get(f"/books/{ONE}/").content.decode().split())
        places = [page.find(f"</b> {did} the cover</div>") for did in ("removed", "replaced", "added")]
        assert 0 < places[0] < places[1] < places[2]
        assert "charlie" in page[places[0] - 30 : places[0]]
        assert "Take back" not in page
        assert "Cover replaced by hand" in member.get(f"/books/{ONE}/").content.decode()
        rows = staff.get(f"/api/books/{ONE}/history/").json()["results"]
        assert [row["fields_changed"] for row in rows] == [
            {"cover": {"did": did}} for did in ("removed", "replaced", "added")
        ]
        assert staff.post(f"/api/books/{ONE}/history/{rows[0]['id']}/take-back/").status_code == 409
        assert shown.changes.count() == 3

    @pytest.mark.django_db(transaction=True)
    def test_making_one_survives(self) -> None:
        book(ONE)
        job_file: list[Path] = []

        def rows(job: Job) -> None:
            job_file.append(files.sent(job.pk))
            put_there()

        def put_there() -> None:
            job_file[0].parent.mkdir(parents=True, exist_ok=True)
            job_file[0].write_bytes(picture("mine"))

        points = assert_survives(make_cover, rows=rows, number=ONE, reset=put_there)
        assert points > 3
        assert not job_file[0].exists()
