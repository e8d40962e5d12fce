"""Programs that wait for a job, in a process of their own: what they cost themselves is nothing that a page costs."""

import threading
import time

import httpx2


def wait(address: str, token: str, clients: int) -> None:
    """Until the process is ended. They begin spread over a second, as programs that know nothing of each other."""
    threads = [threading.Thread(target=wait_for, args=(address, token), daemon=True) for _ in range(clients)]
    for thread in threads:
        thread.start()
        time.sleep(1 / clients)
    for thread in threads:
        thread.join()


def wait_for(address: str, token: str) -> None:
    """As a program should: where nobody may wait now, it comes back when it is told to."""
    headers = {"Authorization": f"Token {token}", "Prefer": "wait=10"}
    with httpx2.Client(timeout=60, headers=headers) as line:
        while True:
            time.sleep(float(line.get(address).headers.get("Retry-After", "0")))
