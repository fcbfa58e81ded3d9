"""Statements come in: uploaded, explained once where they are CSV, taken in; their bad rows as a file [92].

A file is read while no transaction is open.  A CSV whose columns nobody has explained waits in the store under its
random key; what is not explained within a day is swept.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from admin_app.admin.bank.desk import desk
from admin_app.admin.bank.queue import shown
from admin_app.kernel.errors import Invalid
from admin_app.models import Brand
from admin_app.policy import Permission
from admin_app.records.bank_files.csv_columns import NAMES, BankColumns
from admin_app.records.bank_queue import the_file
from admin_app.records.spreadsheet import Cell, csv_file
from admin_app.services.take_in_bank_file import (
    MOST_BYTES,
    BankMapping,
    Kept,
    NeedsColumns,
    ReadFile,
    read_bank_file,
    recall_mapping,
    remember_mapping,
    sample_of,
    take_in,
)
from admin_app.storage.folder import FolderStorage
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, currency, office_session, today
from admin_app.web.formats import day
from admin_app.web.login import settings
from admin_app.web.office import keep_nothing

NO_FILE = "Choose the bank's file first"


@contextmanager
def _no_transaction() -> Iterator[None]:
    """What is read inside holds nothing in the database: reading a long file takes seconds."""
    office_session().rollback()
    yield
    office_session().rollback()


@desk.post("/files")
@rule(Permission.BANK)
def upload() -> ResponseReturnValue:
    """Take a statement in, or ask first what its columns are."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return _refused(NO_FILE), 422
    name = _label(file.filename)
    storage = FolderStorage(settings().files)
    main = currency()
    try:
        stored = storage.store(cast(BinaryIO, file.stream), limit=MOST_BYTES)
        with _no_transaction():
            read = read_bank_file(storage.path(stored.key), name, _recall, currency=main)
            storage.remove(stored.key)  # its lines are kept, its bytes are not
    except NeedsColumns:
        return redirect(url_for("bank.columns", key=stored.key, name=name))
    except Invalid as refusal:
        return _refused(refusal.sentence), refusal.status
    return _taken(read)


@desk.get("/files/columns")
@rule(Permission.BANK)
def columns() -> ResponseReturnValue:
    """Which column is what: the proposal with the first rows as they will be."""
    return _columns(None)


@desk.post("/files/columns")
@rule(Permission.BANK)
def explain() -> ResponseReturnValue:
    """Show the rows again as told, or remember the columns and take the file in."""
    told = _told()
    if request.form.get("act") != "take":
        keep_nothing()
        return _columns(told)
    path, name, main = _waiting(), _label(request.values.get("name", "")), currency()
    try:
        with _no_transaction():
            sample = sample_of(path, name, told, main)
            read = read_bank_file(path, name, _recall, mapping=told, currency=main)
            path.unlink(missing_ok=True)  # its lines are kept, its bytes are not
    except Invalid as refusal:
        keep_nothing()
        return _columns(told, refusal.sentence), refusal.status
    remember_mapping(office_session(), sample.table.header, told, clock())
    return _taken(read)


@desk.get("/files/<int:file_id>/errors.csv")
@rule(Permission.BANK)
def errors(file_id: int) -> ResponseReturnValue:
    """The rows of a file that could not be read, each with its reason."""
    file = the_file(office_session(), actor(), file_id)
    rows: list[list[Cell]] = [[error["row"], error["field"], error["sentence"]] for error in file.errors]
    answer = Response(csv_file(("row", "field", "why"), [rows]), mimetype="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f"attachment; filename=bank-file-{file.id}-errors.csv"
    return answer


def _recall(signature: str) -> BankMapping | None:
    """What was said of such a file before; the transaction of the question ends with it."""
    found = recall_mapping(office_session(), signature)
    office_session().rollback()
    return found


def _taken(read: ReadFile) -> ResponseReturnValue:
    try:
        kept = take_in(office_session(), read, actor(), clock())
    except Invalid as refusal:
        return _refused(refusal.sentence), refusal.status
    flash(_told_of(kept), "info" if kept.known_since else "success")
    return redirect(url_for("bank.queue"))


def _told_of(kept: Kept) -> str:
    file = kept.file
    if kept.known_since is not None:
        return f"This file was taken in on {day(kept.known_since, today())}; there is nothing new in it."
    parts = [f"{file.lines_new:,} new {'line' if file.lines_new == 1 else 'lines'}"]
    if file.lines_known:
        parts.append(f"{file.lines_known:,} known before")
    if file.lines_refused:
        parts.append(f"{file.lines_refused:,} could not be read")
    if kept.pending:
        parts.append(f"{kept.pending:,} not booked by the bank yet")
    return f"{file.name}: {', '.join(parts)}."


def _refused(sentence: str) -> str:
    office_session().rollback()
    keep_nothing()
    return shown(sentence)


def _label(name: str) -> str:
    """The file's own name without folders or characters that cannot be shown: a label, never a path."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(character for character in last if character.isprintable())[:120] or "statement"


def _waiting() -> Path:
    """The stored file that waits for its columns; raises NotFound for a strange key, Invalid when it was swept."""
    path = FolderStorage(settings().files).path(request.values.get("key", ""))
    if not path.is_file():
        raise Invalid("This file is no longer here; send it again")
    return path


def _told() -> BankMapping:
    """What the form says of the columns."""
    said = {field: request.form.get(field, "")[:200] for field in NAMES if field != "text"}
    text = tuple(title[:200] for title in request.form.getlist("text") if title)
    return BankMapping(
        BankColumns(text=text, **said),
        date_order=request.form.get("date_order", "")[:3],
        decimal_mark=request.form.get("decimal_mark", "")[:1],
        account=request.form.get("own_account", "")[:42],
        currency=request.form.get("own_currency", "")[:3].upper(),
    )


def _columns(told: BankMapping | None, refusal: str = "") -> str:
    path, name, main = _waiting(), _label(request.values.get("name", "")), currency()
    iban = office_session().scalar(select(Brand.iban).where(Brand.iban.is_not(None)).limit(1))
    with _no_transaction():
        sample = sample_of(path, name, told, main)
        rows = sample.table.sample(3)
    return render_template(
        "admin/bank/columns.html",
        sample=sample,
        rows=rows,
        names=NAMES,
        told=sample.mapping,
        account=sample.mapping.account or (iban or "" if told is None else ""),
        key=request.values.get("key", ""),
        name=name,
        refusal=refusal or sample.refusal,
    )
