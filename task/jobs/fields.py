"""The column by which a row of a feature names its job."""

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.db.models.fields.related_descriptors import ForwardManyToOneDescriptor

if TYPE_CHECKING:
    from django.db.models.query_utils import PathInfo

    from task.jobs.models import Job

    ForeignKey = models.ForeignKey[Job | None, Job | None]
    Descriptor = ForwardManyToOneDescriptor["JobForeignKey"]
else:
    ForeignKey, Descriptor = models.ForeignKey, ForwardManyToOneDescriptor


class JobOrNone(Descriptor):
    def __get__(self, instance: Any, cls: Any = None) -> Any:
        try:
            return super().__get__(instance, cls)
        except ObjectDoesNotExist:
            self.field.set_cached_value(instance, None)  # asked once
            return None


class JobForeignKey(ForeignKey):
    """Names a job, which may go before the row does: retention removes jobs, never what they made.

    `row.job` is the job, or None once it is gone; `row.job_id` stays as it is. Nothing happens to the row, and nothing
    keeps the job: the database checks nothing. The job knows no way back. Takes what a ForeignKey takes, but `to`,
    `on_delete`, `related_name` and `db_constraint`.
    """

    forward_related_accessor_class = JobOrNone

    def __init__(self, **options: Any) -> None:
        ours = {"to": "jobs.Job", "on_delete": models.DO_NOTHING, "related_name": "+", "db_constraint": False}
        super().__init__(**{**options, **ours})

    def deconstruct(self) -> tuple[str, str, Any, dict[str, Any]]:
        """In migrations it is a plain foreign key, so that they stay readable wherever this class goes."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.ForeignKey", args, kwargs

    def get_path_info(self, filtered_relation: Any = None) -> "list[PathInfo]":
        """`select_related` is a LEFT JOIN also where the column is not null: else rows whose job is gone went too."""
        optional = self.__copy__()
        optional.null = True
        return [path._replace(join_field=optional) for path in super().get_path_info(filtered_relation)]

    def validate(self, value: Any, model_instance: Any) -> None:
        """As any column: a form must not fail because a job is gone."""
        models.Field.validate(self, value, model_instance)

    def _check_unique(self, **kwargs: Any) -> list[Any]:
        return []  # unique, and no OneToOneField: that one would show on the job
