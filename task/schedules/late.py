"""Jobs that wait for longer than their kind promises: staff get an email.

Beat sends it itself, by a thread of its own, so that it comes when every worker is dead. Several beats send one.
"""

import logging
import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from celery import signals
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMultiAlternatives
from django.db import connections
from django.db.models import Q

from task.jobs import Now, kinds, kinds_waiting
from task.jobs.pages.readiness import problems_for_staff
from task.jobs.services import mail
from task.kit.spans import span
from task.kit.staff import keys_of_staff
from task.schedules.models import LateNotice

log = logging.getLogger("desk.beat")
EVERY = 60.0  # seconds; the first look comes after the first pause, when a desk that was off has its workers again
AT_MOST_ONE_IN = timedelta(hours=1)
AGAIN = timedelta(minutes=5)  # when no mail server took it


@dataclass(frozen=True)
class Late:
    kind: str
    count: int
    waited: timedelta  # of the one that waits longest
    promised: timedelta


def late_kinds() -> list[Late]:
    known, found = kinds(), []
    for each in kinds_waiting():
        promised = known[each.kind].starts_within if each.kind in known else None
        if promised and each.seconds > promised:
            waited = timedelta(seconds=each.seconds)
            found.append(Late(each.kind, each.count, waited, timedelta(seconds=promised)))
    return found


def check() -> int:
    """Send what is to be sent, and return how many emails that were."""
    late = late_kinds()
    if not late or not claim():
        return 0
    said = ", ".join(f"{each.count} of {each.kind} for {span(each.waited)}" for each in late)
    log.warning("Jobs wait longer than they should: %s", said)
    return send(late)


def claim() -> bool:
    """Whether it is our turn: nobody has sent one within the last hour."""
    LateNotice.objects.bulk_create([LateNotice(pk=1)], ignore_conflicts=True)
    free = Q(sent=None) | Q(sent__lt=Now() - AT_MOST_ONE_IN)
    return bool(LateNotice.objects.filter(free, pk=1).update(sent=Now()))


def send(late: list[Late]) -> int:
    """To each of the staff one email, so that a bad address keeps no other from hearing."""
    context = {"late": late, "count": sum(each.count for each in late), "problems": problems_for_staff()}
    people = get_user_model()._default_manager.filter(pk__in=keys_of_staff()).order_by("pk")
    sent = [person for person in people if deliver(person, context)]
    if people and not sent:
        LateNotice.objects.filter(pk=1).update(sent=Now() - AT_MOST_ONE_IN + AGAIN)
    return len(sent)


def deliver(person: Any, context: dict[str, Any]) -> bool:
    whole = {"site_url": settings.SITE_URL, "user": person, **context}
    subject, text, html = mail.render("emails/jobs_late", whole)
    message = EmailMultiAlternatives(subject, text, to=[person.email])
    message.attach_alternative(html, "text/html")
    try:
        message.send()
    except Exception as fault:  # whatever a mail server and its library make of it
        log.warning("The email about jobs that wait was not sent: %s", fault)
        return False
    return True


class Watch(threading.Thread):
    def __init__(self) -> None:
        super().__init__(daemon=True, name="late jobs")

    def run(self) -> None:
        pause = threading.Event()
        while not pause.wait(EVERY):
            try:
                check()
            except Exception as fault:  # the database is away, for example
                log.warning("Whether jobs wait too long could not be seen: %s", fault)
            finally:
                connections.close_all()


def watch(**_: Any) -> None:
    Watch().start()


signals.beat_init.connect(watch)
signals.beat_embedded_init.connect(watch)
