"""How far something is: one place for the strokes of a bar and for its percent."""


def share(done: int, total: int, whole: int) -> int:
    """How many of `whole` strokes (or percent) are made when `done` of `total` are: never more than there are."""
    return min(whole, done * whole // total)
