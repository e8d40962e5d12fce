"""What a worker does for accounts: emails, random users, and taking them away again."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from task.accounts.invitations import Invitation
from task.accounts.models import PendingSignUp, User, UserBatch
from task.accounts.random_users import LARGEST_BATCH, random_users, taken_among
from task.jobs import Fail, Now, Run, job, reservation
from task.jobs.models import Job, State
from task.jobs.services.mail import Secret

STEP = 1000
SIZES = f"A batch has 1 to {LARGEST_BATCH:,} users."
Total = Annotated[int, "Number of users", MinValueValidator(1, SIZES), MaxValueValidator(LARGEST_BATCH, SIZES)]
DELETE_STEP = 500  # each row leaves eight indexes; among a million rows such a step takes 0.07 s
SIGN_UP_SENT = "Sign-up email sent."
DELETED = "This batch was deleted, so no more users are made."  # true while they go, and once they are gone


@job("accounts.welcome", title="Welcome email", silent=True)
def send_welcome(run: Any) -> str:
    """To the job's owner, who has just signed up."""
    user = User.objects.filter(pk=run.job.owner_id).first()
    if user is None:
        return "The account was deleted, so no email was sent."
    run.mail("emails/welcome", to=[user.email], context={"user": user})
    return "Welcome email sent."


@job("accounts.sign_up", title="Sign-up email", silent=True, starts_within=600)
def send_sign_up(run: Any) -> str:
    """The link that makes the account; to whom the address belongs already, how to get in. Here both look the same."""
    pending = PendingSignUp.objects.open().filter(pk=run.job.pk).first()
    if pending is None:
        return "This sign-up is already finished, or too old."
    user = User.objects.with_email(pending.email).first()
    if user is None:
        link = Secret(f"{settings.SITE_URL}{reverse('signup_finish', args=[pending.token])}")
        run.mail("emails/sign_up", to=[pending.email], context={"pending": pending, "link": link})
    else:
        run.mail("emails/sign_up_known", to=[user.email], context={"user": user})
    with run.finish(SIGN_UP_SENT):
        if user is not None:
            PendingSignUp.objects.filter(pk=pending.pk).delete()
    return ""


@job("accounts.invite", title="Invitation email", silent=True, starts_within=600)
def send_invitation(run: Any) -> str:
    """The link by which its reader signs up with this address."""
    invitation = Invitation.objects.open().filter(pk=run.job.pk).select_related("invited_by").first()
    if invitation is None:
        return "No email was sent: this invitation is used, withdrawn or expired."
    link = Secret(f"{settings.SITE_URL}{reverse('invited', args=[invitation.token])}")
    run.mail("emails/invitation", to=[invitation.email], context={"invitation": invitation, "link": link})
    return "Invitation sent."


@job("accounts.clear_sign_ups", title="Delete unfinished sign-ups")
def clear_sign_ups(run: Any) -> str:
    expired = PendingSignUp.objects.expired()
    for rows in run.drain(expired.order_by("pk").only("pk"), size=DELETE_STEP):
        with run.step() as tally:
            tally["deleted"] += expired.filter(pk__in=[row.pk for row in rows]).delete()[0]
    return f"{{deleted}} unfinished sign-up{'' if run.tally['deleted'] == 1 else 's'} deleted."


@job("accounts.clear_invitations", title="Delete old invitations")
def clear_invitations(run: Run) -> str:
    if not settings.INVITATIONS_KEEP_DAYS:
        return "INVITATIONS_KEEP_DAYS is 0, so all invitations are kept."
    old = Invitation.objects.ended_long_ago()
    for rows in run.drain(old.order_by("created", "id").only("pk"), size=DELETE_STEP):
        with run.step() as tally:
            tally["deleted"] += old.filter(pk__in=[row.pk for row in rows]).delete()[0]
    return f"{{deleted}} old invitation{'' if run.tally['deleted'] == 1 else 's'} deleted."


@job("accounts.password_reset", title="Password reset email", silent=True, starts_within=600)
def send_password_reset(run: Any, email: str) -> str:
    """To the account with this address, if there is one. What the job says is the same if there is none."""
    user = User.objects.with_email(email).filter(is_active=True, is_random=False).first()
    if user is not None and user.has_usable_password():
        uid = urlsafe_base64_encode(force_bytes(user.pk))
        path = reverse("password_reset_confirm", args=[uid, default_token_generator.make_token(user)])
        context = {"user": user, "link": Secret(f"{settings.SITE_URL}{path}")}
        run.mail("emails/password_reset", to=[user.email], context=context)
    return "If this address has an account, we have sent it the link."


@job(
    "accounts.generate",
    title="Generate {total:,} random users",
    label="Generate random users",
    schedulable=True,
    starts_within=600,
)
def generate_random_users(run: Any, total: Total) -> str:
    if not 0 < total <= LARGEST_BATCH:
        raise Fail(SIZES)
    batch = UserBatch.objects.filter(job=run.job).first()
    if batch is None:  # submitted by a program; the form saves its batch with the job
        with reservation():
            batch, _ = UserBatch.objects.get_or_create(
                job=run.job, defaults={"owner_id": run.job.owner_id, "total": total}
            )
    standing = UserBatch.objects.filter(pk=batch.pk, deleting=None, deleted=None)
    for positions in run.batches(range(total), size=STEP):
        users = random_users(batch.pk, positions, total, batch.password)
        with run.step() as tally:
            if not standing.update(made=F("made") + len(users)):
                raise Fail(DELETED)
            _save(users, partial(random_users, batch.pk, positions, total, batch.password))
            tally["made"] += len(users)
    return "{made} random users created."


def _save(users: list[User], others: Callable[[set[str]], list[User]]) -> None:
    """All of them, or as many `others(taken)` where somebody has a name: no form gives it, but a program may."""
    taken: set[str] = set()
    while True:
        try:
            with transaction.atomic():
                User.objects.bulk_create(users)
        except IntegrityError:
            more = taken_among(users) - taken
            if not more:
                raise
            taken |= more
            users = others(taken)
        else:
            return


@generate_random_users.retried
def refuse_without_batch(job: Job) -> None:
    batch = UserBatch.objects.filter(job=job).only("deleting", "deleted").first()
    if batch is not None and (batch.deleting_id or batch.deleted):
        raise Fail(DELETED)


@job("accounts.delete_batch", title="Delete the random users of batch {batch}", label="Delete random users")
def delete_random_users(run: Any, batch: int) -> None:
    users = User.objects.filter(batch=batch, is_random=True).order_by("pk").only("pk")
    for rows in run.drain(users, size=DELETE_STEP):
        with run.step() as tally:
            users.filter(pk__range=(rows[0].pk, rows[-1].pk)).delete()
            tally["deleted"] += len(rows)
    with run.finish("{deleted} random users deleted."):
        UserBatch.objects.filter(pk=batch).update(deleted=Now())


@delete_random_users.ended
def release_batch(job: Job) -> None:
    if job.state != State.SUCCEEDED:
        UserBatch.objects.filter(deleting=job, deleted=None).update(deleting=None)


@delete_random_users.retried
def claim_batch(job: Job) -> None:
    unclaimed = UserBatch.objects.filter(pk=job.arguments["batch"], deleting=None, deleted=None)
    unclaimed.update(deleting=job)
