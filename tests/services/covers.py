"""Where Open Library keeps its covers, on loopback: redirects, blanks, odd answers, and it remembers what was asked.

with Covers() as covers:
    covers.answers["/b/id/7-L.jpg"] = Odd(status=404)   # others get a picture of their own colour
    covers.queue(status=503)                            # one odd answer, then good ones again
"""

import io
from email.message import Message
from hashlib import sha256

from PIL import Image

from tests.services.stub import Odd, Stub


def picture(text: str = "", size: tuple[int, int] = (400, 600), form: str = "JPEG", mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    colour = tuple(sha256(text.encode()).digest()[: len(mode)])
    Image.new(mode, size, colour if len(colour) > 1 else colour[0]).save(out, form)
    return out.getvalue()


class Covers(Stub):
    content_type = "image/jpeg"

    def __init__(self, delay: float = 0, port: int = 0) -> None:
        super().__init__(delay, port)
        self.answers: dict[str, Odd] = {}

    def asked(self, path: str, headers: Message) -> str:
        return path

    def answer(self, asked: str) -> Odd:
        with self._lock:
            self.requests.append(asked)
            odd = self.odd()
        return odd or self.answers.get(asked) or Odd(body=picture(asked))
