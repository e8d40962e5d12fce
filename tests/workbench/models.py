from django.db import models


class Thing(models.Model):
    name = models.CharField(max_length=50, unique=True)
    batch = models.IntegerField(default=0, db_index=True)
    waits = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name
