"""What a real worker writes where lines are JSON."""

import json

import pytest

from task.kit import traces
from tests.faults.conftest import ended
from tests.workbench import tasks

pytestmark = pytest.mark.broker


def test_each_line_of_a_worker_is_json_and_a_jobs_lines_name_it_and_its_request(start_worker):
    worker = start_worker(LOG_FORMAT="json")
    with traces.of_request("of-a-request"):
        job = ended(tasks.refuse.delay(), worker)
    worker.stop()
    said = worker.said().replace("\nworker: Warm shutdown (MainProcess)\n", "")  # which Celery writes past its log
    lines = [json.loads(line) for line in said.splitlines()]
    of_the_job = [line for line in lines if line.get("job") == str(job.pk)]
    assert {line["logger"] for line in of_the_job} >= {"desk.worker", "celery.worker.strategy"}
    (failed,) = [line for line in of_the_job if line["logger"] == "desk.worker"]
    assert (failed["request"], failed["level"]) == ("of-a-request", "WARNING")
    assert failed["message"].endswith("There is no such thing. Ask for another one.")
