"""The backup file: a ZIP whose manifest names every part with its size and SHA-256.

`manifest.json` is written last, so a file without one broke off.  Parts: `database.sqlite`, or `tables/<name>.copy`
in PostgreSQL's COPY text; and `files/<key>` for each stored file.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any, BinaryIO

from admin_app.kernel.errors import Unmet

FORMAT = 1
CHUNK = 1 << 20
MANIFEST = "manifest.json"
# Level 1 halves the size of a database at a third of the time of the usual level.
COMPRESSION = 1

_PART = re.compile(r"database\.sqlite|tables/[a-z][a-z0-9_]*\.copy|files/[0-9a-f]{2}/[0-9a-f]{30}")


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the archive: its size in bytes and the SHA-256 of its content in hex."""

    size: int
    sha256: str


@dataclass(slots=True)
class Manifest:
    """What a backup holds: the kind of database, its migration, when it was taken, and every part.

    `sequences` maps a table to the last number that PostgreSQL gave out for it.
    """

    database: str
    revision: str
    made_at: str
    parts: dict[str, Part] = field(default_factory=dict)
    sequences: dict[str, int] = field(default_factory=dict)

    def tables(self) -> list[str]:
        """The tables that were dumped one by one; none for an embedded database."""
        return [name[len("tables/") : -len(".copy")] for name in self.parts if name.startswith("tables/")]

    def files(self) -> list[str]:
        """The keys of the stored files."""
        return [name.removeprefix("files/") for name in self.parts if name.startswith("files/")]


class ArchiveWriter:
    """Adds parts to the archive and remembers their hashes."""

    def __init__(self, archive: zipfile.ZipFile, manifest: Manifest) -> None:
        """Write into `archive` and note each part in `manifest`."""
        self._archive = archive
        self.manifest = manifest

    @contextmanager
    def part(self, name: str) -> Iterator[PartWriter]:
        """Open a new part for writing."""
        with self._archive.open(name, "w", force_zip64=True) as target:
            writer = PartWriter(target)
            yield writer
        self.manifest.parts[name] = Part(writer.size, writer.digest.hexdigest())

    def add_file(self, name: str, source: BinaryIO) -> None:
        """Add what `source` holds as a part."""
        with self.part(name) as target:
            while chunk := source.read(CHUNK):
                target.write(chunk)


class PartWriter:
    """A part being written; counts and hashes what passes."""

    def __init__(self, target: IO[bytes]) -> None:
        """Pass everything on to `target`."""
        self._target = target
        self.size = 0
        self.digest = hashlib.sha256()

    def write(self, chunk: bytes | bytearray | memoryview) -> None:
        """Take some bytes."""
        self.size += len(chunk)
        self.digest.update(chunk)
        self._target.write(chunk)


@contextmanager
def writing_archive(target: Path, manifest: Manifest) -> Iterator[ArchiveWriter]:
    """A new archive that appears under its name only when it is whole and on the disk.

    Raises Unmet when there is a file of that name already, or no such folder.
    """
    if target.exists():
        raise Unmet(f"There is a file {target} already; choose another name")
    if not target.parent.is_dir():
        raise Unmet(f"There is no folder {target.parent}")
    unfinished = target.with_name(f".{target.name}.part")
    try:
        with unfinished.open("wb") as file:
            unfinished.chmod(0o600)  # it holds everything that the database holds
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=COMPRESSION) as archive:
                yield ArchiveWriter(archive, manifest)
                archive.writestr(MANIFEST, json.dumps({"format": FORMAT, **asdict(manifest)}, indent=1))
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(target)
        sync_folder(target.parent)
    finally:
        unfinished.unlink(missing_ok=True)


class ArchiveReader:
    """A backup opened for reading; a part is read only together with the check of its hash."""

    def __init__(self, archive: zipfile.ZipFile, manifest: Manifest) -> None:
        """Read from `archive` what `manifest` names."""
        self._archive = archive
        self.manifest = manifest

    def chunks(self, name: str) -> Iterator[bytes]:
        """The content of a part, piece by piece; raises Unmet at its end when it is not what was written."""
        expected = self.manifest.parts[name]
        digest, size = hashlib.sha256(), 0
        try:
            with self._archive.open(name) as source:
                while chunk := source.read(CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
                    yield chunk
        except (KeyError, zipfile.BadZipFile, EOFError) as damage:
            raise Unmet(f"This backup is damaged: {name} cannot be read") from damage
        if Part(size, digest.hexdigest()) != expected:
            raise Unmet(f"This backup is damaged: {name} is not what was written")

    def extract(self, name: str, target: Path) -> None:
        """Write a part to the new file `target`, down to the disk; raises Unmet when it is damaged."""
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            for chunk in self.chunks(name):
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())

    def verify(self) -> None:
        """Read every part once; raises Unmet for the first that is damaged."""
        for name in self.manifest.parts:
            for _ in self.chunks(name):
                pass


@contextmanager
def reading_archive(source: Path) -> Iterator[ArchiveReader]:
    """The backup in the file `source`; raises Unmet when it is none, or one of a later format."""
    if not source.is_file():
        raise Unmet(f"There is no file {source}")
    try:
        archive = zipfile.ZipFile(source)
    except zipfile.BadZipFile:
        raise Unmet(f"{source} is no backup, or broke off") from None
    with archive:
        yield ArchiveReader(archive, _read_manifest(archive, source))


def _read_manifest(archive: zipfile.ZipFile, source: Path) -> Manifest:
    try:
        written: dict[str, Any] = json.loads(archive.read(MANIFEST))
        if written.pop("format") != FORMAT:
            raise Unmet(f"{source} was written by a later release of Sawhorse; restore it with that one")
        parts = {name: Part(**part) for name, part in written.pop("parts").items()}
        manifest = Manifest(parts=parts, **written)
        datetime.fromisoformat(manifest.made_at)
    except (KeyError, TypeError, ValueError, AttributeError, zipfile.BadZipFile):
        raise Unmet(f"{source} is no backup of Sawhorse") from None
    if strange := [name for name in manifest.parts if not _PART.fullmatch(name)]:
        # A name such as ../../.ssh would be written outside the home.
        raise Unmet(f"{source} holds a part that no backup has: {strange[0][:80]}")
    return manifest


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` survive a power cut, where the system offers it."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
