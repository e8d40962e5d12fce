"""The README's moving picture: `python -m tests.browser.moving_picture` runs a test in the browser and films it."""

import io
import os
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page

PICTURE = Path("docs/pull-the-plug.png")
LARGEST = 2_000_000
MOST_FRAMES = 40
COLOURS = 128  # a palette for all frames: a third of the bytes, and nobody sees it
LAST_SECONDS = 4.0
CLIP = {"x": 40, "y": 84, "width": 1200, "height": 846}  # the band without its navigation, and the time line


class Film:
    """Frames of a page with their times. Without a name nothing is filmed, and the test goes its own pace."""

    def __init__(self, name: str = "") -> None:
        self.name = name
        self.frames: list[tuple[float, bytes]] = []
        self.held = 0.0

    def take(self, page: Page, hold: float = 0) -> None:
        """`hold`: seconds that this frame stands longer than it took, for what one should have time to read."""
        if self.name:
            self.frames.append((time.monotonic() + self.held, page.screenshot(clip=CLIP)))  # type: ignore[arg-type]
            self.held += hold

    def save(self) -> None:
        """An animated PNG: every frame stands as long as it took, and the last one until it was read."""
        if not self.name:
            return
        path = Path(self.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        kept = thinned(self.frames)
        times = [moment for moment, _ in kept]
        seconds = [later - moment for moment, later in pairwise(times)] + [LAST_SECONDS]
        colours = Image.open(io.BytesIO(kept[len(kept) * 2 // 3][1])).convert("RGB").quantize(COLOURS)
        first, *rest = [
            Image.open(io.BytesIO(data)).convert("RGB").quantize(palette=colours, dither=Image.Dither.NONE)
            for _, data in kept
        ]
        milliseconds = [round(each * 1000) for each in seconds]
        first.save(path, format="PNG", save_all=True, append_images=rest, duration=milliseconds, loop=0, optimize=True)
        assert path.stat().st_size < LARGEST, f"{path} has {path.stat().st_size:,} bytes"


def thinned(frames: list[tuple[float, bytes]]) -> list[tuple[float, bytes]]:
    """At most so many frames: each differs from the one before, and the first and the last stay."""
    changed = [frame for before, frame in pairwise([(0.0, b""), *frames]) if frame[1] != before[1]]
    count = min(MOST_FRAMES, len(changed))
    places = [round(n * (len(changed) - 1) / max(1, count - 1)) for n in range(count)]
    return [changed[place] for place in places]


def main() -> int:
    os.environ["MOVING_PICTURE"] = str(PICTURE.resolve())
    code = pytest.main(["tests/browser/test_plug.py", "-q", *sys.argv[1:]])
    if PICTURE.exists():
        with Image.open(PICTURE) as picture:
            frames = getattr(picture, "n_frames", 1)
            sys.stdout.write(f"{PICTURE}: {frames} frames, {PICTURE.stat().st_size:,} bytes\n")
    return code


if __name__ == "__main__":
    raise SystemExit(main())
