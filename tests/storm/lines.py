"""A line between the desk and a service that can be cut, or carry nothing for a while."""

import asyncio
import threading
from contextlib import ExitStack, suppress
from urllib.parse import urlsplit


class Line:
    """Listens on a free port of loopback and carries what comes to the service, and back.

    with Line("127.0.0.1", 5432) as line:
        line.cut()      # whoever is connected is thrown out, and nobody comes in
        line.silence()  # connections stay, and nothing is carried
        line.mend()
    """

    def __init__(self, host: str, port: int, delay: float = 0.0) -> None:
        self.target = host, port
        self.delay = delay  # seconds, each way
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def __enter__(self) -> "Line":
        self._thread.start()
        self._call(self._listen())
        return self

    def __exit__(self, *fault: object) -> None:
        self._call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def cut(self) -> None:
        self._call(self._cut())

    def silence(self) -> None:
        self._call(self._set_carries(False))

    def mend(self) -> None:
        self._call(self._set_carries(True))

    def _call(self, what: "asyncio.coroutines.Coroutine[object, object, None]") -> None:
        asyncio.run_coroutine_threadsafe(what, self._loop).result(10)

    async def _listen(self) -> None:
        self._is_cut = False
        self._carries = asyncio.Event()
        self._carries.set()
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _cut(self) -> None:
        self._is_cut = True
        for writer in list(self._writers):
            writer.transport.abort()

    async def _set_carries(self, carries: bool) -> None:
        self._is_cut = False
        if carries:
            self._carries.set()
        else:
            self._carries.clear()

    async def _end(self) -> None:
        self._server.close()
        await self._cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            writer.transport.abort()
            return
        try:
            there, back = await asyncio.open_connection(*self.target)
        except OSError:
            writer.transport.abort()
            return
        if self._is_cut:  # meanwhile
            writer.transport.abort()
            back.transport.abort()
            return
        self._writers |= {writer, back}
        ways = {asyncio.create_task(self._carry(reader, back)), asyncio.create_task(self._carry(there, writer))}
        self._tasks |= ways
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for each in (writer, back):
            self._writers.discard(each)
            each.close()
        self._tasks -= ways

    async def _carry(self, source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(65_536):
                await self._carries.wait()
                if self.delay:
                    await asyncio.sleep(self.delay)
                to.write(data)
                await to.drain()


def through(stack: ExitStack, address: str, delay: float = 0.0) -> tuple[Line, str]:
    """A line to the service at this address, as long as the stack, and the address that leads through it."""
    parts = urlsplit(address)
    line = stack.enter_context(Line(parts.hostname or "", parts.port or 0, delay))
    who = parts.netloc.rpartition("@")[0]
    return line, parts._replace(netloc=f"{who}@127.0.0.1:{line.port}").geturl()
