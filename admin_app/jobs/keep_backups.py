"""The nightly backup: into the home's folder `backups`, the latest ones kept."""

from __future__ import annotations

import re
from datetime import UTC
from pathlib import Path

from admin_app.jobs.shift import Shift
from admin_app.services.backups.make import make_backup, remember_backup

KEPT = 14
"""Nights; what is older than these is removed once tonight's backup is written."""

_NIGHTLY = re.compile(r"sawhorse-\d{8}-\d{6}\.zip")


def keep_backups(shift: Shift) -> None:
    """Take tonight's backup and let go of the oldest; only files of our own naming are ever removed.

    Raises Unmet when the backup cannot be taken; the older ones then stay.
    """
    now = shift.clock.now()
    folder = shift.settings.home / "backups"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = make_backup(shift.settings, folder / f"sawhorse-{now.astimezone(UTC):%Y%m%d-%H%M%S}.zip", now)
    with shift.transaction() as session:
        remember_backup(session, made)
    for old in nightly_backups(folder)[KEPT:]:
        old.unlink(missing_ok=True)


def nightly_backups(folder: Path) -> list[Path]:
    """The backups that this job wrote, the latest first."""
    return sorted((file for file in folder.glob("*.zip") if _NIGHTLY.fullmatch(file.name)), reverse=True)
