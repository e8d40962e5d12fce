"""A mail server on loopback: as good, slow or odd as a test wants it, and it remembers what it took.

with MailServer() as server:
    server.queue("RCPT", says="450 4.2.0 Greylisted")    # the next connection meets this, then good ones come
    server.queue("TAKEN", drops=True)                    # takes the message, and is gone before it says so
    server.taken                                         # the messages that it has
"""

import asyncio
import threading
from collections import deque
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

# Where a connection may meet something: at these commands; in the middle of a message; at its end, before it is taken;
# and after it is taken, before the server says so.
PLACES = ("MAIL", "RCPT", "DATA", "WITHIN", "MESSAGE", "TAKEN", "QUIT")


@dataclass(frozen=True)
class Odd:
    place: str = ""
    says: str = ""  # instead of the good answer
    drops: bool = False  # the connection ends without a word
    delay: float = 0


@dataclass(frozen=True)
class Taken:
    to: list[str]
    message: EmailMessage

    @property
    def name(self) -> str:
        return str(self.message["Message-ID"]).strip()  # a long one stands on a line of its own


class MailServer:
    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self.connections = 0
        self._queue: deque[Odd] = deque()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.port = 0

    def __enter__(self) -> "MailServer":
        self._thread.start()  # all in it: the thread of a browser's test has a loop of its own
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def _listen(self) -> asyncio.Server:
        return await self._loop.create_server(lambda: _Conversation(self), "127.0.0.1", 0)

    def __exit__(self, *fault: object) -> None:
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def names(self) -> list[str]:
        """The Message-ID of each message that was taken."""
        return [taken.name for taken in self.taken]

    def queue(self, place: str, **odd: Any) -> None:
        """The next connection meets this. Several are met in their order, one a connection."""
        assert place in PLACES
        self._queue.append(Odd(place, **odd))

    def next(self) -> Odd:
        self.connections += 1
        return self._queue.popleft() if self._queue else Odd()


class _Conversation(SMTP):
    def __init__(self, service: MailServer) -> None:
        super().__init__(handler=self, hostname="mail.example", enable_SMTPUTF8=True)
        self.service, self.odd = service, service.next()

    async def met(self, place: str) -> bool:
        """Whether something else than the good answer came."""
        if self.odd.place != place:
            return False
        await asyncio.sleep(self.odd.delay)
        if self.transport is None:
            return True
        if self.odd.drops:
            self.transport.abort()
        elif self.odd.says:
            await self.push(self.odd.says)
        return bool(self.odd.drops or self.odd.says)

    async def smtp_MAIL(self, arg: Any) -> None:
        if not await self.met("MAIL"):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: Any) -> None:
        if not await self.met("RCPT"):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: Any) -> None:
        if self.odd.place == "WITHIN":
            await self.push("354 Go ahead")
        if not await self.met("DATA") and not await self.met("WITHIN"):
            await super().smtp_DATA(arg)

    async def smtp_QUIT(self, arg: Any) -> None:
        if not await self.met("QUIT"):
            await super().smtp_QUIT(arg)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.odd.place == "MESSAGE" and self.odd.says:
            await asyncio.sleep(self.odd.delay)
            return self.odd.says
        await self.met("MESSAGE")
        if self.transport is None or self.transport.is_closing():
            return "421 Gone"
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=policy.default)
        self.service.taken.append(Taken(list(envelope.rcpt_tos), message))  # type: ignore[arg-type]
        if self.odd.place == "TAKEN" and self.odd.says:
            return self.odd.says
        await self.met("TAKEN")
        return "250 Taken"
