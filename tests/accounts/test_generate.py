"""The form, and what the worker makes of it."""

import pytest
from django.contrib.auth.hashers import check_password
from django.urls import reverse
from django.utils import timezone

from task.accounts.models import User, UserBatch
from task.accounts.names import GIVEN, SURNAMES
from task.accounts.random_users import DOMAIN, LARGEST_BATCH, MIXED, is_reserved, random_users, suffix
from task.accounts.tasks import generate_random_users
from task.jobs.models import Job, State
from task.jobs.testing import execute_all
from tests.accounts.pages import errors, flashes, send, token_of

URL = reverse("generate")
SHARED = "shelves full of tea 3"
pytestmark = pytest.mark.django_db


def test_a_stranger_is_asked_to_log_in(client):
    for response in (client.get(URL), client.post(URL, {"total": 50})):
        assert response.headers["Location"] == f"{reverse('login')}?next={URL}"
    assert not Job.objects.exists()


def test_a_member_gets_exactly_as_many_users_as_asked_for(member, alice):
    response = send(member, URL, total=120)
    assert response.headers["Location"] == reverse("users_list")
    assert flashes(response)[0] == "We are generating your random users! They appear below as they are made."
    job = Job.objects.get()
    assert (job.owner, job.arguments, job.title) == (alice, {"total": 120}, "Generate 120 random users")
    assert not User.objects.filter(is_random=True).exists()
    execute_all()
    job.refresh_from_db()
    assert (job.state, job.message, job.done, job.total) == (State.SUCCEEDED, "120 random users created.", 120, 120)
    users = User.objects.filter(is_random=True)
    assert users.count() == 120
    assert UserBatch.objects.get().made == users.filter(batch__job_id=job.pk).count() == 120
    assert not any(user.has_usable_password() for user in users)
    assert all(user.email == f"{user.username}@{DOMAIN}" and user.first_name and user.last_name for user in users)


@pytest.mark.parametrize(
    ("total", "says"),
    [
        (49, "too few. The minimum is 50"),
        (-1, "too few"),
        (0, "too few"),
        (501, "too many. The maximum is 500"),
        (10**9, "1,000,000,000 is too many"),
        ("1e9", "Enter a whole number"),
        ("abc", "Enter a whole number"),
        ("100.5", "Enter a whole number"),
        ("1,000", "Enter a whole number"),
        ("", "Enter how many"),
        ("   ", "Enter a whole number"),
        ("<b>60</b>", "Enter a whole number"),
        ("9" * 5000, "Enter a whole number"),
        ("60\0", "Enter a whole number"),
    ],
)
def test_a_bad_number_is_a_sentence(member, total, says):
    assert says in errors(send(member, URL, total=total), "total")
    assert not Job.objects.exists()
    assert not UserBatch.objects.exists()


def test_no_field_at_all_is_a_sentence(member):
    assert "Enter how many" in errors(member.post(URL), "total")


@pytest.mark.parametrize("total", [50, 500, " 77 "])
def test_the_bounds_themselves_are_good(member, total):
    assert send(member, URL, total=total).status_code == 302


def test_staff_may_ask_for_a_million_and_not_one_more(staff):
    assert send(staff, URL, total=1_000_000).status_code == 302
    assert "The maximum is 1,000,000" in errors(send(staff, URL, total=1_000_001), "total")
    assert Job.objects.get().title == "Generate 1,000,000 random users"


def test_staff_give_a_batch_one_password_that_no_job_holds(staff, client):
    send(staff, URL, total=50, password=SHARED)
    job, batch = Job.objects.get(), UserBatch.objects.get()
    assert job.arguments == {"total": 50}
    assert SHARED not in batch.password
    assert check_password(SHARED, batch.password)
    execute_all()
    user = User.objects.filter(is_random=True).last()
    assert client.login(username=user.email.upper(), password=SHARED)
    assert SHARED not in str(Job.objects.values())


def test_the_password_of_one_batch_does_not_open_another(staff, client):
    send(staff, URL, total=50, password=SHARED)
    send(staff, URL, total=60)
    execute_all()
    other = User.objects.get(batch__total=60, username__startswith=User.objects.filter(batch__total=60)[0].username)
    assert not client.login(username=other.email, password=SHARED)


def test_a_weak_shared_password_is_a_sentence(staff):
    assert "common" in errors(send(staff, URL, total=50, password="12345678"), "password")


def test_members_have_no_password_field_and_a_posted_one_is_ignored(member):
    assert "password" not in member.get(URL).context["form"].fields
    send(member, URL, total=50, password=SHARED)
    assert UserBatch.objects.get().password == ""


def test_a_double_click_is_one_job_and_changed_text_another(member):
    fields = {"form_token": token_of(member, URL), "total": 50}
    member.post(URL, fields)
    assert "You already sent this." in flashes(member.post(URL, fields))[-1]
    assert Job.objects.count() == UserBatch.objects.count() == 1
    member.post(URL, {**fields, "total": 51})
    assert Job.objects.count() == UserBatch.objects.count() == 2


def test_batches_are_shown_to_staff_alone(member, staff):
    send(member, URL, total=50)
    assert "Batch " in staff.get(URL).content.decode()
    assert "Batch " not in member.get(URL).content.decode()


def test_two_batches_at_the_same_time_share_no_name(alice):
    jobs = [generate_random_users.apply_async(kwargs={"total": 1500}, owner=alice) for _ in range(2)]
    execute_all()
    assert all(job.state == State.SUCCEEDED for job in Job.objects.filter(pk__in=[job.pk for job in jobs]))
    users = User.objects.filter(is_random=True)
    assert (
        users.count() == users.values("username").distinct().count() == users.values("email").distinct().count() == 3000
    )


def test_a_program_may_ask_without_a_form_and_gets_a_batch(alice):
    job = generate_random_users.apply_async(kwargs={"total": 50}, owner=alice)
    execute_all()
    batch = UserBatch.objects.get(job_id=job.pk)
    assert (batch.owner, batch.total, batch.made) == (alice, 50, 50)


@pytest.mark.parametrize("total", [0, -5, LARGEST_BATCH + 1])
def test_a_program_that_asks_for_too_many_is_refused(alice, total):
    job = generate_random_users.apply_async(kwargs={"total": total}, owner=alice)
    execute_all()
    job.refresh_from_db()
    assert (job.state, job.error) == (State.FAILED, "A batch has 1 to 1,000,000 users.")


def test_a_batch_that_is_deleted_is_not_made_any_further(alice):
    job = generate_random_users.apply_async(kwargs={"total": 50}, owner=alice)
    UserBatch.objects.create(job_id=job.pk, total=50, deleting=job)
    execute_all()
    job.refresh_from_db()
    assert job.state == State.FAILED
    assert job.error == "This batch was deleted, so no more users are made."
    assert not User.objects.filter(is_random=True).exists()


# A name that somebody has already


def squat(batch, positions, total):
    """Accounts with the names or the addresses of the next batch's users: what a program can do, and no form."""
    for n, user in enumerate(random_users(batch, positions, total)):
        named = {"username": f"squatter{n}", "email": user.email.upper()}
        if n % 2:
            named = {"username": user.username.upper(), "email": f"squatter{n}@example.org"}
        User.objects.create_user(**named)


def test_a_batch_of_which_names_are_taken_has_as_many_users_all_the_same(member, alice):
    send(member, URL, total=120)
    batch = UserBatch.objects.get()
    squat(batch.pk, [0, 1, 57, 119], 120)
    execute_all()
    job = Job.objects.get()
    assert (job.state, job.message, job.done) == (State.SUCCEEDED, "120 random users created.", 120)
    users = User.objects.filter(batch=batch)
    assert users.count() == 120
    assert all(is_reserved(user.username) and is_reserved(user.email) for user in users)
    assert all(user.email == f"{user.username}@{DOMAIN}" for user in users)
    at = {suffix(batch.pk, position) for position in range(120)}
    assert {user.username.rpartition(".")[2] for user in users} == at


def test_the_next_name_may_be_taken_as_well(member):
    send(member, URL, total=50)
    batch, taken = UserBatch.objects.get(), set()
    for n in range(5):
        [user] = random_users(batch.pk, [7], 50, taken=taken)
        User.objects.create_user(username=user.username, email=f"squatter{n}@example.org")
        taken.add(user.username)
    execute_all()
    assert User.objects.filter(batch=batch).count() == 50
    assert User.objects.filter(is_random=False, username__in=taken).count() == 5


# The users themselves


def test_the_same_batch_and_position_is_the_same_user():
    whole = [(user.username, user.first_name) for user in random_users(3, range(200), 200)]
    parts = [random_users(3, range(start, start + 50), 200) for start in range(0, 200, 50)]
    assert whole == [(user.username, user.first_name) for part in parts for user in part]


def test_no_two_positions_of_any_batches_have_one_suffix():
    assert len({suffix(1, position) for position in range(LARGEST_BATCH)}) == LARGEST_BATCH
    few = {suffix(batch, position) for batch in range(1, 200) for position in range(100)}
    assert len(few) == 199 * 100


@pytest.mark.parametrize("total", [500, MIXED + 1, LARGEST_BATCH])
def test_usernames_and_addresses_are_valid_plain_and_reserved(total):
    for user in random_users(12, range(0, min(total, 20_000), 7), total):
        assert user.username.isascii()
        assert is_reserved(user.username)
        assert is_reserved(user.email)
        user.email_key = user.username_key = user.username
        user.clean_fields(exclude=["email_key", "username_key", "name_key", "batch"])


def test_people_are_of_many_names():
    users = random_users(1, range(500), 500)
    assert len({user.first_name for user in users}) > 150
    assert len({user.last_name for user in users}) > 150
    assert len({user.first_name for user in random_users(1, range(100_000), 100_000)}) == len(GIVEN)


def test_the_name_lists_repeat_nothing():
    assert len(set(GIVEN)) == len(GIVEN) > 250
    assert len(set(SURNAMES)) == len(SURNAMES) > 250


@pytest.mark.parametrize("name", ["haßan.lee.12aaaa", "HAẞAN.LEE.12AAAA", "ﬁnn.lee.12aaaa", "ſara.lee.12aaaa"])
def test_a_name_that_is_another_way_to_write_a_reserved_one_is_reserved(name):
    assert is_reserved(name)
    assert is_reserved(f" {name}@Example.com")


@pytest.mark.parametrize(
    "name", ["maria.lopez", "anna.lee.2024", "john.ronald.tolkien", "a.b@example.org", "1a.b.10000"]
)
def test_names_that_people_have_are_not_reserved(name):
    assert not is_reserved(name)


# What became of a batch


def failed_maker(alice, **batch):
    """A job that stopped because somebody deletes its users, or did."""
    job = generate_random_users.apply_async(kwargs={"total": 50}, owner=alice)
    UserBatch.objects.create(job_id=job.pk, total=50, **batch)
    execute_all()
    job.refresh_from_db()
    assert job.state == State.FAILED
    return job


@pytest.mark.parametrize("batch", [{"deleting_id": "1" * 32}, {"deleted": timezone.now()}], ids=["going", "gone"])
def test_a_job_whose_batch_is_deleted_says_so_and_is_not_run_again(member, alice, notifications, batch):
    job = failed_maker(alice, **batch)
    assert "This batch was deleted" in job.error
    before = len(notifications)
    assert "This batch was deleted" in flashes(member.post(reverse("job_retry", args=[job.pk])))[-1]
    job.refresh_from_db()
    assert (job.state, len(notifications)) == (State.FAILED, before)


def test_the_batches_are_live_while_one_is_made_or_deleted(staff):
    send(staff, URL, total=50)
    batch = UserBatch.objects.get()
    page = staff.get(URL).content.decode()
    assert f'id="batches" data-live="{URL}"' in page
    assert f'<a href="{reverse("job_detail", args=[batch.job_id])}">being made</a>' in page
    assert reverse("batch_delete", args=[batch.pk]) not in page
    execute_all()
    page = staff.get(URL).content.decode()
    assert "data-live" not in page
    assert reverse("batch_delete", args=[batch.pk]) in page
    send(staff, reverse("batch_delete", args=[batch.pk]))
    assert f'id="batches" data-live="{URL}"' in staff.get(URL).content.decode()
