"""A scanner: it types faster than fingers, by the clock of its keys and not by that of the machine that tests."""

import time

from playwright.sync_api import Page

KEYS = {"Enter": ("\r", 13), "Tab": ("", 9)}


class Scanner:
    def __init__(self, page: Page, gap: float = 0.008, pause: float = 0.05) -> None:
        self.session = page.context.new_cdp_session(page)
        self.gap, self.pause = gap, pause  # seconds between two keys, and between two scans
        self.now = time.time()

    def scan(self, *numbers: str, end: str = "Enter") -> None:
        """`end`: the key that it presses behind each number; "" for one that presses none."""
        for number in numbers:
            self.now = max(self.now, time.time() - 1)
            for letter in number:
                self._press(letter, letter, ord(letter))
            if end:
                self._press(end, *KEYS[end])
            self.now += self.pause

    def _press(self, key: str, text: str, code: int) -> None:
        self.now += self.gap
        event = {"key": key, "code": key, "windowsVirtualKeyCode": code, "timestamp": self.now}
        self.session.send(
            "Input.dispatchKeyEvent",
            {"type": "keyDown", "text": text, **event} if text else {"type": "rawKeyDown", **event},
        )
        self.session.send("Input.dispatchKeyEvent", {"type": "keyUp", **event})
