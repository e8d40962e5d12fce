"""How long something took, in words."""

from datetime import timedelta

import pytest

from task.kit.spans import span


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3, "0 s"), (0, "0 s"), (0.007, "7 ms"), (0.31, "0.3 s"), (2, "2 s"), (9.96, "10 s"), (12.4, "12 s"),
        (119.4, "119 s"), (119.8, "2 min"), (150, "2 min"), (10_000, "3 h"), (200_000, "2 days"),
    ],
)  # fmt: skip
def test_a_span_in_words(seconds: float, words: str) -> None:
    assert span(seconds) == span(timedelta(seconds=seconds)) == words
