"""One call of a webhook: to the very address that was checked, without proxies and redirects, over after 5 s.

httpcore2, on which httpx2 stands, takes connections from a backend. Ours looks the name up, refuses what is not public,
and connects to what it has checked: the request's own name stays in its Host header, in SNI and in the certificate's
check. It knows no proxy of the environment and follows no redirect.
"""

import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Any

import httpcore2

from task.webhooks.addresses import Unresolved, parsed, problem_of, refusal_of, resolve

SECONDS = 5.0  # for all of it: name, connection, request, answer
MOST = 4096  # bytes of an answer that are read
PASSING = (408, 425, 429)  # 4xx that say "not now"


class NotPublic(Exception):
    """The name leads to where webhooks don't call: a sentence."""


@dataclass(frozen=True)
class Result:
    """What came of a call. `error` is "" where it was taken; `again`: whether another try may help."""

    seconds: float
    status: int | None = None
    answer: bytes = b""
    error: str = ""
    again: bool = False


def call(url: str, headers: Mapping[str, str], body: bytes) -> Result:
    """POST `body`. Never raises for what the other side does."""
    begun = time.monotonic()

    def left() -> float:
        rest = begun + SECONDS - time.monotonic()
        if rest <= 0:
            raise httpcore2.ReadTimeout
        return rest

    def result(**found: Any) -> Result:
        return Result(time.monotonic() - begun, **found)

    address = parsed(url)
    if address is None or (problem := problem_of(url)):
        return result(error=problem if address else "This is no address.")
    host = address.host
    target = httpcore2.URL(scheme=address.raw_scheme, host=address.raw_host, port=address.port, target=address.raw_path)
    try:
        with (
            httpcore2.ConnectionPool(ssl_context=tls(), network_backend=Checked(left)) as pool,
            pool.stream("POST", target, headers=list(headers.items()), content=body) as reply,
        ):
            answer = beginning_of(reply)
    except NotPublic as fault:
        return result(error=str(fault))
    except Unresolved:
        return result(error=f"{host} could not be found.", again=True)
    except httpcore2.TimeoutException:
        return result(error=f"{host} took longer than {SECONDS:g} s to answer.", again=True)
    except httpcore2.ConnectError as fault:
        return result(error=f"{host} {why_no_connection(fault)}", again=True)
    except (httpcore2.NetworkError, httpcore2.ProtocolError):
        return result(error=f"{host} did not answer in HTTP.", again=True)
    error, again = judge(host, reply.status)
    return result(status=reply.status, answer=answer, error=error, again=again)


def beginning_of(reply: httpcore2.Response) -> bytes:
    """What arrives of an answer's body in time. Its status has arrived, so it is an answer whatever happens to it."""
    content = bytearray()
    try:
        for part in reply.iter_stream():
            content += part
            if len(content) >= MOST:
                break
    except (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError):
        pass
    return bytes(content[:MOST])


def judge(host: str, status: int) -> tuple[str, bool]:
    """(what is wrong with such an answer, whether another try may help)."""
    if 200 <= status < 300:
        return "", False
    if 300 <= status < 400:
        return f"{host} redirected the call ({status}), and redirects are not followed. Change the address.", False
    try:
        words = f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        words = str(status)
    return f"{host} answered {words}.", status >= 500 or status in PASSING


def why_no_connection(fault: Exception) -> str:
    cause = fault.__cause__ or fault.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"has no valid certificate: {cause.verify_message}."
    return "has no working TLS." if isinstance(cause, ssl.SSLError) else "can't be reached."


@lru_cache(maxsize=1)
def tls() -> ssl.SSLContext:
    """What the machine trusts; read once a process."""
    return httpcore2.default_ssl_context()


class Checked(httpcore2.NetworkBackend):
    """Connections to public addresses alone, each of whose waits ends when the call's time does."""

    def __init__(self, left: Callable[[], float]) -> None:
        self.left, self.inner = left, httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        found = resolve(host, port, self.left())
        if refusal := refusal_of(host, found):
            raise NotPublic(refusal)
        for place, address in enumerate(found, 1):
            try:  # one that hangs leaves time for the others
                share = self.left() / (len(found) - place + 1)
                return Timed(self.inner.connect_tcp(address, port, share, socket_options=socket_options), self.left)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                if place == len(found):
                    raise
        raise Unresolved(host)


class Timed(httpcore2.NetworkStream):
    """A stream whose limits are what is left of the call's time, however small the pieces are that arrive."""

    def __init__(self, inner: httpcore2.NetworkStream, left: Callable[[], float]) -> None:
        self.inner, self.left = inner, left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.inner.read(min(max_bytes, MOST), self.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.inner.write(buffer, self.left())

    def close(self) -> None:
        self.inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return Timed(self.inner.start_tls(ssl_context, server_hostname, self.left()), self.left)

    def get_extra_info(self, info: str) -> Any:
        return self.inner.get_extra_info(info)
