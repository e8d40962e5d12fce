"""Backups in BACKUP_DIR that no row tells of: their database is gone, or is older than they are.

They may be all that is left of a desk. So they are read and listed, and what can't be read is left as it is.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from task.backups import archive
from task.backups.archive import Contents, Damaged, Heartbeat, NotABackup, TooNew
from task.backups.models import NAME, Backup, folder


@dataclass
class Discovery:
    """What was read: the columns of a row by the name of its file; and how many files say nothing to us."""

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    unreadable: int = 0

    def sentences(self) -> list[str]:
        good = sum(row["state"] == Backup.State.GOOD for row in self.rows.values())
        bad, left = len(self.rows) - good, self.unreadable
        sentences = [
            (good, f"{good:,} backup{'s'[: good > 1]} in {folder()} {are(good)} listed."),
            (bad, f"{bad:,} damaged one{'s'[: bad > 1]} there {are(bad)} listed as failed."),
            (left, f"{left:,} file{'s'[: left > 1]} there can't be read as a backup, and {are(left)} left."),
        ]
        return [words for count, words in sentences if count]


def are(count: int) -> str:
    return "is" if count == 1 else "are"


def find_unlisted(heartbeat: Heartbeat = lambda: None) -> Discovery:
    """Read each file in BACKUP_DIR, from its first byte to its last, that has the name of a backup and no row."""
    found = Discovery()
    for path in sorted(folder().iterdir()) if folder().is_dir() else []:
        name = NAME.fullmatch(path.name)
        if not name or is_known(path):
            continue
        try:
            found.rows[path.name] = columns_of(path, name[1], heartbeat)
        except (NotABackup, TooNew, OSError, ValueError):
            found.unreadable += 1
    return found


def is_known(path: Path) -> bool:
    row = Backup.objects.filter(name=path.name).first()
    if row is None or row.is_good:
        return row is not None
    if row.job is not None and row.job.is_active:
        return True
    return row.size == path.stat().st_size  # it was read, and found damaged


def columns_of(path: Path, named: str, heartbeat: Heartbeat) -> dict[str, Any]:
    """Raises NotABackup, TooNew, OSError, or ValueError for a name that is of no day."""
    created = datetime.strptime(named, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    try:
        return {"created": created, **good_columns(archive.read(path, heartbeat=heartbeat))}
    except Damaged as fault:
        reason = f"Found in BACKUP_DIR, but it can't be read. {fault}"
        return {"created": created, "state": Backup.State.FAILED, "reason": reason, "size": path.stat().st_size}


def good_columns(contents: Contents) -> dict[str, Any]:
    """The columns of a backup that was read to its end."""
    manifest = contents.manifest
    made = datetime.fromisoformat(manifest["made"])
    made = made if made.tzinfo else made.replace(tzinfo=UTC)
    return {
        "state": Backup.State.GOOD, "stage": "", "reason": "", "made": made,
        "size": contents.size, "sha256": contents.sha256, "rows": sum(manifest["rows"].values()),
        "files": manifest["media"]["files"],
    }  # fmt: skip


def list_found(found: Discovery) -> None:
    for name, row in found.rows.items():
        if Backup.objects.filter(name=name).update(**row):
            continue
        key = UUID(name.removesuffix(".tar.gz").rpartition("-")[2])
        if Backup.objects.filter(job_id=key).exists():  # its job was retried, which gave it another name
            key = uuid5(NAMESPACE_OID, name)
        Backup.objects.create(job_id=key, name=name, **row)
