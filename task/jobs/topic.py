"""How an app says what its jobs are about: lists show it under their titles, and a search finds them by it.

job_topics = [JobTopic("task.orders.topics.words_of", "task.orders.topics.jobs_about", kinds=("orders.confirm",))]
"""

from dataclasses import dataclass

MOST = 500  # jobs that a search of an app may name


@dataclass(frozen=True)
class JobTopic:
    """What jobs of these `kinds` are about, by the dotted names of two functions whose cost does not grow.

    `words` is called with the ids of as many jobs as a page lists, and returns their words by id. `search` is called
    with what somebody typed, and returns the ids of at most MOST jobs, whoever may see them.
    """

    words: str
    search: str
    kinds: tuple[str, ...]
