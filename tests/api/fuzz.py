"""Schemathesis over the whole API, against a desk with all its processes: `make fuzz-api`.

    make fuzz-api ARGS="--max-examples 1000 --include-path-regex /orders/"

The token is an administrator's with staff rights. Before it starts there is one of each: a book that was found, an
order, a report, a backup, a run of the playground, so that not every answer is a 404.
"""

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx2

from tests.desk import Desk
from tests.processes import ROOT, wait_until
from tests.services.github import GitHub
from tests.services.openlibrary import OpenLibrary

COMMAND = Path(sys.executable).with_name("schemathesis")
PASSWORD = "a good password for a fuzzer"
FOUND = "9780345418913"


class Person:
    """Somebody at the browser, who makes a token."""

    def __init__(self, address: str) -> None:
        self.line = httpx2.Client(base_url=address, timeout=60, follow_redirects=True)

    def send(self, path: str, **fields: str) -> str:
        hidden = re.findall(r'name="(csrfmiddlewaretoken|form_token)" value="([^"]+)"', self.line.get(path).text)
        return self.line.post(path, data={**dict(hidden), **fields}).text

    def token(self) -> str:
        self.send(
            "/accounts/signup/", username="fuzz", email="fuzz@example.org", password1=PASSWORD, password2=PASSWORD
        )
        page = self.send("/accounts/profile/tokens/", name="fuzz", current_password=PASSWORD, as_staff="on")
        found = re.search(r"desk_[\w-]{43}", page)
        assert found, page
        return found[0]


def fill(address: str, token: str) -> None:
    api = httpx2.Client(base_url=address, timeout=60, headers={"Authorization": f"Token {token}"})

    def post(path: str, body: object) -> None:
        answer = api.post(path, json=body)
        assert answer.status_code < 400, (path, answer.text)

    post("/api/books/bulk-create", {"isbn": [FOUND, "9780451524935"]})
    wait_until(lambda: api.get(f"/api/books/{FOUND}/").json()["state"] == "filled")
    post("/api/orders/", {"book": FOUND})
    post("/api/reports/", {"language": "Python", "count": 10, "mail": False})
    post("/api/users/generate/", {"total": 50})
    post("/api/backups/", None)
    post("/api/playground/", {"canvas": "chain", "numbers": [1, 2]})


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="desk-fuzz-") as folder, OpenLibrary() as library, GitHub() as github:
        desk = Desk(
            Path(folder), OPENLIBRARY_URL=library.url, GITHUB_API_URL=github.url, CONTACT="fuzz@example.org",
            API_REQUESTS_A_MINUTE="1000000", API_REFUSALS_A_MINUTE="1000000",
        )  # fmt: skip
        try:
            address = f"http://localhost:{desk.start().wait_ready(600).port}"
            token = Person(address).token()
            fill(address, token)
            command = [
                str(COMMAND), "--config-file", str(ROOT / "tests/api/schemathesis.toml"),
                "run", f"{address}/api/schema/", "--header", f"Authorization: Token {token}", *sys.argv[1:],
            ]  # fmt: skip
            began = time.monotonic()
            code = subprocess.run(command, check=False).returncode
            sys.stdout.write(f"{time.monotonic() - began:.0f} s.\n")
            return code or errors_in(desk.words())
        finally:
            desk.end()


def errors_in(log: str) -> int:
    """Of the web's processes, also where an answer told nothing of it."""
    found = [line for line in log.splitlines() if re.match(r"web +\| .*( ERROR |Traceback)", line)]
    sys.stdout.write("".join(f"{line}\n" for line in found[:20]))
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
