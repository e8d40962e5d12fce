"""Counting to an end: a page costs the same however many there are."""

from django.db.models import IntegerField, Subquery


class FirstCount(Subquery):
    """How many rows a sliced subquery has."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()
