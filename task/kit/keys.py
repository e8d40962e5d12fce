"""Key columns: what a list sorts by and searches in, kept in lower case beside the column people typed."""

import unicodedata
from collections.abc import Callable
from typing import Any

from django.db import models


def fold(text: str) -> str:
    """The same key for every way of writing `text` in upper or lower case. It may be longer than `text` (ß is ss)."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def fold_name(text: str) -> str:
    """As `fold`, and without accents: people type `zoe lopez` and mean Zoë López."""
    bare = (c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", " ".join("".join(bare).split()))


class KeyField(models.CharField):
    """A column worked out from its row whenever the row is saved, by `save` and `bulk_create` alike.

    `make` is a function of the instance. Not a database `GeneratedField`: SQLite's LOWER knows ASCII only.
    """

    def __init__(self, make: Callable[[Any], str] | None = None, **options: Any) -> None:
        self.make = make
        options.setdefault("editable", False)
        super().__init__(**options)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        if self.make is not None:
            setattr(model_instance, self.attname, self.make(model_instance)[: self.max_length])
        return getattr(model_instance, self.attname)

    def db_parameters(self, connection: Any) -> Any:
        parameters = super().db_parameters(connection)
        if connection.vendor == "postgresql":
            # By code point, as SQLite sorts: else a prefix is no range, and two servers differ in their pages.
            parameters["collation"] = "C"
        return parameters
