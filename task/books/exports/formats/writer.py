from task.books.exports.records import Record


class Writer:
    """Bytes that go one behind the other: a head, the books, an end."""

    def head(self) -> bytes:
        return b""

    def book(self, record: Record) -> bytes:
        """One book; b"" where the format can't hold it."""
        raise NotImplementedError

    def end(self) -> bytes:
        return b""
