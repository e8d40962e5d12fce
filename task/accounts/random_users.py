"""Random users: the same ones every time for the same batch and position, and no two of them alike."""

import re
import unicodedata
import zlib
from collections.abc import Iterable

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.utils import timezone

from task.accounts.models import User
from task.accounts.names import GIVEN, SURNAMES
from task.kit.keys import fold

DOMAIN = "example.com"  # reserved by RFC 2606: mail to it reaches nobody
LARGEST_BATCH = 1_000_000
MIXED = 10_000  # users in a batch whose given names are all mixed

_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"  # base 32 without i l o u, which are misread
_POSITIONS = 1 << 20  # four of these digits
_SPREAD = 0x9E375  # odd, so that multiplying by it only reorders the positions
# What `username_for` makes, and what nobody may sign up with: else a job could find its name taken.
RESERVED = re.compile(rf"[a-z]+\.[a-z]+\.\d+[{_DIGITS}]{{4}}")


def _plain(name: str) -> str:
    """A name in the letters a to z: `Łukasz` is `lukasz`, `Søren` is `soren`."""
    spelled = name.casefold().translate({ord("ø"): "o", ord("ł"): "l", ord("ı"): "i", ord("đ"): "d"})
    return re.sub("[^a-z]", "", unicodedata.normalize("NFKD", spelled))


_GIVEN = tuple((name, _plain(name)) for name in GIVEN)
_SURNAMES = tuple((name, _plain(name)) for name in SURNAMES)


def is_reserved(name: str) -> bool:
    """Whether this username, or this address, is of the form that belongs to random users."""
    local, at, domain = fold(name.strip()).partition("@")  # as the unique keys have it: there `ß` is `ss`
    return bool(RESERVED.fullmatch(local)) and (not at or domain == DOMAIN)


def suffix(batch: int, position: int) -> str:
    """Unlike for any two (batch, position): the batch's number, then the position in four digits."""
    code = position * _SPREAD % _POSITIONS
    low = _DIGITS[code >> 15] + _DIGITS[code >> 10 & 31] + _DIGITS[code >> 5 & 31] + _DIGITS[code & 31]
    return f"{batch}{low}"


def random_users(batch: int, positions: Iterable[int], total: int, password: str = "") -> list[User]:
    """Unsaved users at these positions (0 to 999,999) of batch number `batch`, which has `total` users.

    `password` is a hash; without one nobody can sign in as them.
    """
    # A large batch takes few given names at a time: neighbours then lie together in the indexes, and a step touches
    # fewer of their pages (SQLite, from 200,000 to 300,000 users: 16,000 a second, against 7,000 without).
    at_a_time = 8 if total > MIXED else len(_GIVEN)
    password = password or f"{UNUSABLE_PASSWORD_PREFIX}random"
    now = timezone.now()
    users = []
    for position in positions:
        chance = zlib.crc32(b"%d/%d" % (batch, position))
        given, plain_given = _GIVEN[(position // 1000 * at_a_time + chance % at_a_time) % len(_GIVEN)]
        surname, plain_surname = _SURNAMES[chance // len(_GIVEN) % len(_SURNAMES)]
        username = f"{plain_given}.{plain_surname}.{suffix(batch, position)}"
        users.append(
            User(
                username=username,
                email=f"{username}@{DOMAIN}",
                first_name=given,
                last_name=surname,
                password=password,
                is_random=True,
                batch_id=batch,
                date_joined=now,
            )
        )
    return users
