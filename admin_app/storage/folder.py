"""Files in a folder: written whole or not at all, found again by a key that says nothing about their content.

A file is stored before the row that names it is committed, and removed only after the row is gone; what a
rolled-back transaction left behind is swept by the worker.  So a row never names a file that is missing.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from admin_app.kernel.errors import Invalid, NotFound

CHUNK = 1 << 20
_KEY = re.compile(r"[0-9a-f]{2}/[0-9a-f]{30}")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What became of an upload: its key, its size in bytes and the SHA-256 of its content in hex."""

    key: str
    size: int
    sha256: str


class FolderStorage:
    """Keeps files below `folder`, which is made when the first one arrives."""

    def __init__(self, folder: Path) -> None:
        """Keep files below `folder`."""
        self.folder = folder

    def store(self, content: BinaryIO, *, limit: int) -> StoredFile:
        """Keep what `content` holds, at most `limit` bytes, under a new random key.

        Raises Invalid when there is more; nothing is kept then.
        """
        key = _new_key()
        target = self.folder / key
        target.parent.mkdir(parents=True, exist_ok=True)
        size, digest = 0, hashlib.sha256()
        handle, temporary = tempfile.mkstemp(prefix=".arriving-", dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                while chunk := content.read(CHUNK):
                    size += len(chunk)
                    if size > limit:
                        raise Invalid(f"This file is larger than {limit // 1_000_000} MB; send a smaller one")
                    digest.update(chunk)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        return StoredFile(key, size, digest.hexdigest())

    def open(self, key: str) -> BinaryIO:
        """The file of this key, opened for reading; raises NotFound."""
        try:
            return self.path(key).open("rb")
        except FileNotFoundError:
            raise NotFound("This file is no longer here") from None

    def path(self, key: str) -> Path:
        """Where the file of this key lies; raises NotFound for a key that `store` never gave."""
        if not _KEY.fullmatch(key):
            raise NotFound("There is no such file")
        return self.folder / key

    def remove(self, key: str) -> None:
        """Forget the file of this key; that it is gone already is fine."""
        self.path(key).unlink(missing_ok=True)

    def stored_keys(self) -> Iterator[str]:
        """The keys of all files, in order."""
        for file in sorted(self.folder.glob("??/*")):
            key = f"{file.parent.name}/{file.name}"
            if _KEY.fullmatch(key):
                yield key

    def stored_at(self, key: str) -> datetime:
        """The instant at which the file of this key was stored, in UTC; raises NotFound."""
        try:
            return datetime.fromtimestamp(self.path(key).stat().st_mtime, UTC)
        except FileNotFoundError:
            raise NotFound("This file is no longer here") from None


def _new_key() -> str:
    # The first two letters are the folder, so that no folder holds more than 1/256 of the files.
    name = secrets.token_hex(16)
    return f"{name[:2]}/{name[2:]}"
