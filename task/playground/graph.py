"""A canvas as a graph: stages in order, in each the tasks that may run side by side.

Every task of a stage comes after all tasks of the stage before it. A node is a dict, so that it can stand in a row:
`id` (Celery's task id), `task` (its name), `words` (its call), later `unsent` and `seen` (see `statuses`).
"""

import uuid
from typing import Any

from celery.canvas import Signature, _chain, _chord, group

RUN = "playground_run"  # the header of a message that names its run
Node = dict[str, Any]
Stages = list[list[Node]]


def freeze(work: Signature, run: str = "", is_first: bool = True) -> Stages:
    """Give every task in `work` the id it will be known by, before anything is published, and return the graph.

    Each message names its `run` in a header, so that a worker knows whose task has ended.
    """
    if isinstance(work, _chain):
        stages: Stages = []
        for part in work.tasks:
            stages += freeze(part, run, is_first and not stages)
        return stages
    if isinstance(work, _chord):
        work.set(task_id=str(uuid.uuid4()))  # of its group: the counter of its results is known by it
        return [_side_by_side(work.tasks, run, is_first), *freeze(work.body, run, False)]
    if isinstance(work, group):
        return [_side_by_side(work.tasks, run, is_first)]
    return [[_node(work, run, is_first)]]


def _side_by_side(tasks: Any, run: str, is_first: bool) -> list[Node]:
    return [_node(task, run, is_first) for task in tasks]


def _node(task: Signature, run: str, is_first: bool) -> Node:
    task.set(task_id=str(uuid.uuid4()), headers={RUN: run})
    numbers = [str(value) for value in task.args if not isinstance(value, str)]  # the run's id is no news
    given = [] if is_first else ["…"]
    name = task.task.rpartition(".")[2]
    return {"id": task.options["task_id"], "task": task.task, "words": f"{name}({', '.join(given + numbers)})"}
