"""The README's moving picture: `python -m tests.browser.moving_picture` runs a test in the browser and films it."""

import io
import os
import sys
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page

PICTURE = Path("docs/pull-the-plug.png")
LARGEST = 2_000_000
MOST_FRAMES = 40
RARE = ["b02a1e", "ff6b57", "f2bf4b", "15654a", "7ad0a9"]  # small and yet seen: lost, seam, lamp, done
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
        pictures = [Image.open(io.BytesIO(data)).convert("RGB") for _, data in kept]
        colours = palette(pictures)
        first, *rest = [each.quantize(palette=colours, dither=Image.Dither.NONE) for each in pictures]
        milliseconds = [round(each * 1000) for each in seconds]
        first.save(path, format="PNG", save_all=True, append_images=rest, duration=milliseconds, loop=0, optimize=True)
        assert path.stat().st_size < LARGEST, f"{path} has {path.stat().st_size:,} bytes"


def palette(pictures: list[Image.Image]) -> Image.Image:
    """One palette for all frames, a third of the bytes: the colours that are used most, as they are."""
    found: Counter[tuple[int, ...]] = Counter()
    for picture in pictures:
        for count, colour in picture.getcolors(maxcolors=1 << 20) or []:
            found[tuple(colour)] += count  # type: ignore[arg-type]
    chosen: list[tuple[int, ...]] = []
    for colour in [*(tuple(bytes.fromhex(colour)) for colour in RARE), *(colour for colour, _ in found.most_common())]:
        # Pillow looks for the nearest one in steps of 4: two that are nearer to each other would be mixed up.
        if len(chosen) < 256 and all(
            max(abs(a - b) for a, b in zip(colour, other, strict=True)) >= 8 for other in chosen
        ):
            chosen.append(colour)
    image = Image.new("P", (1, 1))
    image.putpalette([part for colour in chosen for part in colour])
    return image


def thinned(frames: list[tuple[float, bytes]]) -> list[tuple[float, bytes]]:
    """At most so many frames: each differs from the one before, and the first and the last stay."""
    changed = [frame for before, frame in pairwise([(0.0, b""), *frames]) if frame[1] != before[1]]
    count = min(MOST_FRAMES, len(changed))
    places = [round(n * (len(changed) - 1) / max(1, count - 1)) for n in range(count)]
    return [changed[place] for place in places]


def main() -> int:
    os.environ["MOVING_PICTURE"] = str(PICTURE.resolve())
    code = pytest.main(["tests/browser/test_chaos.py", "-q", *sys.argv[1:]])
    if PICTURE.exists():
        with Image.open(PICTURE) as picture:
            frames = getattr(picture, "n_frames", 1)
            sys.stdout.write(f"{PICTURE}: {frames} frames, {PICTURE.stat().st_size:,} bytes\n")
    return code


if __name__ == "__main__":
    raise SystemExit(main())
