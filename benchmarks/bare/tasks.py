from celery import shared_task

from task.jobs import job


@shared_task(name="bench.bare")
def bare() -> str:
    return "Nothing done."


@job("bench.empty", title="Do nothing")
def empty(run):
    return "Nothing done."
