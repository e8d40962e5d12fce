"""Photos of barcodes: as they were sent until a worker reads them, then a small picture until their cart is closed."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from task.jobs import Now
from task.jobs.models import JobForeignKey


class PhotoQuerySet(models.QuerySet["Photo"]):
    def seen_by(self, user: Any) -> "PhotoQuerySet":
        return self.all() if user.is_staff else self.filter(owner=user.pk)


class Photo(models.Model):
    """In the database, so that it is saved with its job or not at all, and every worker can read it.

    Its rows in the cart have its `uuid`. In no backup.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    uuid = models.UUIDField(help_text="The name of what was sent; its rows have it, too.")
    cart = models.ForeignKey("books.Cart", on_delete=models.CASCADE, related_name="photos", db_index=False)
    job = JobForeignKey(db_index=False, help_text="The job that reads it.")
    name = models.CharField(max_length=100, blank=True, help_text="Of the file.")
    at = models.DateTimeField()
    image = models.BinaryField(help_text="As it was sent; empty once it is read.")
    small = models.BinaryField(default=b"", help_text="A JPEG of at most 400 pixels.")
    read_at = models.DateTimeField(null=True)
    created = models.DateTimeField(db_default=Now())

    objects: ClassVar[Any] = PhotoQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "uuid"], name="photo_sent_once")]
        indexes = [
            models.Index(fields=["job", "id"], name="photo_of_job"),
            models.Index(fields=["cart", "id"], name="photo_of_cart"),
        ]

    def __str__(self) -> str:
        return self.name or str(self.uuid)
