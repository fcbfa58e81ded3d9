"""Backups as a page: how old the last one is, where the nightly ones lie, and one more on demand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from admin_app.config import Settings
from admin_app.policy import Permission
from admin_app.services.backups.ask import ask_for_backup, waiting_backup
from admin_app.services.backups.make import last_backup
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session

page = Blueprint("backup", __name__, url_prefix="/admin/backup")

TOO_OLD = timedelta(hours=36)
"""A nightly backup that is older than this was missed."""


@dataclass(frozen=True)
class KeptFile:
    """A backup in the home's folder: its name, size in bytes, when it was written (UTC)."""

    name: str
    size: int
    at: datetime


@page.get("/")
@rule(Permission.BACKUP)
def index() -> ResponseReturnValue:
    """The age of the last backup, the kept ones, and whether one is on its way."""
    session = office_session()
    last = last_backup(session)
    settings = cast(Settings, current_app.extensions["sawhorse_settings"])
    folder = settings.home / "backups"
    return render_template(
        "admin/backup.html",
        last=last,
        overdue=last is None or clock().now() - last.made_at > TOO_OLD,
        waiting=waiting_backup(session),
        kept=_kept_files(folder),
        folder=folder,
    )


@page.post("/")
@rule(Permission.BACKUP)
def ask() -> ResponseReturnValue:
    """Queue a backup for the worker."""
    ask_for_backup(office_session(), actor(), clock())
    flash("The worker takes a backup now. This page shows it when it is written.", "info")
    return redirect(url_for("backup.index"))


def _kept_files(folder: Path) -> list[KeptFile]:
    """What lies in the folder, the latest first."""
    files = []
    for file in folder.glob("*.zip") if folder.is_dir() else ():
        facts = file.stat()
        files.append(KeptFile(file.name, facts.st_size, datetime.fromtimestamp(facts.st_mtime, UTC)))
    return sorted(files, key=lambda kept: kept.at, reverse=True)
