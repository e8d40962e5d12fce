"""Small hands for pages: open a form and send it, read what a page says."""

import threading
from typing import Any

from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client


def token_of(client: Client, url: str) -> str:
    return client.get(url).context["form_token"]


def send(client: Client, url: str, **fields: Any) -> Any:
    """Open the page of a form, fill it in and send it."""
    return client.post(url, {"form_token": token_of(client, url), **fields})


def errors(response: Any, field: str) -> str:
    """The sentences next to a field of a form that came back."""
    assert response.status_code == 200
    return " ".join(response.context["form"].errors.get(field, []))


def flashes(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def at_once(calls: Any) -> list[Any]:
    """The answers of calls that begin together, each in its own thread with its own connection."""
    barrier = threading.Barrier(len(calls))
    answers: list[Any] = [None] * len(calls)

    def run(n: int) -> None:
        try:
            barrier.wait(10)
            answers[n] = calls[n]()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers
