"""Back up now, in a browser: it becomes good before one's eyes, and what is downloaded is what the page says."""

import hashlib
from pathlib import Path

from playwright.sync_api import expect

from task.jobs.testing import execute_all
from tests.browser.conftest import Visit


def test_staff_back_up_see_it_good_and_download_it(visit: Visit, settings: object, tmp_path: Path) -> None:
    settings.BACKUP_DIR = tmp_path / "backups"  # type: ignore[attr-defined]
    visitor = visit("staff", accept_downloads=True)
    page = visitor.open("/backups/")
    page.get_by_role("button", name="Back up now").click()
    expect(page.locator("#backups")).to_contain_text("Waiting for a worker")
    execute_all()
    expect(page.locator("#backups .state-done")).to_have_text("verified")  # without loading the page again
    page.locator(".cell-sum summary").click()
    shown = page.locator(".cell-sum .sum").inner_text()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert hashlib.sha256(Path(download.value.path()).read_bytes()).hexdigest() == shown
    assert download.value.suggested_filename.endswith(".tar.gz")
    assert visitor.wrong == []


def test_a_checksum_stays_unfolded_while_another_backup_is_made(visit: Visit, settings: object, tmp_path: Path) -> None:
    settings.BACKUP_DIR = tmp_path / "backups"  # type: ignore[attr-defined]
    page = visit("staff").open("/backups/")
    for _ in range(2):
        page.get_by_role("button", name="Back up now").click()
        expect(page.locator("#backups")).to_contain_text("Waiting for a worker")
        if not page.locator(".cell-sum summary").count():
            execute_all()
            expect(page.locator("#backups .state-done")).to_have_text("verified")
    page.locator(".cell-sum summary").press("Enter")
    expect(page.locator(".cell-sum .sum")).to_be_visible()
    execute_all()
    expect(page.locator("#backups .state-done")).to_have_count(2)
    expect(page.locator(".cell-sum .sum").last).to_be_visible()
    expect(page.locator(".cell-sum .sum").first).to_be_hidden()
    expect(page.locator(".cell-sum summary").last).to_be_focused()
