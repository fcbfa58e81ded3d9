"""Fetches the front-end files we ship, so that neither a build nor a page ever needs the network.

Run by `make vendor`, which needs npm; nobody else does, because the minified files are committed. For each
package in WANTED the script asks npm for that one version, copies the named files unchanged into
NAME-VERSION/ and writes what it took to vendor.lock.json: version, licence and the SHA-256 of every file.
`tests/house/test_vendor.py` compares the committed files with that lock.

To raise a version: change it in WANTED, run the script, look at the pages, commit folder and lock together.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

STATIC = Path(__file__).resolve().parent
REPOSITORY = STATIC.parents[2]
TESTS = REPOSITORY / "tests" / "browser" / "vendor"
LOCK = STATIC / "vendor.lock.json"


@dataclass(frozen=True)
class Wanted:
    """One npm package: which files of it we ship, where they stand here, and the licence it is under."""

    npm: str
    version: str
    folder: str
    licence: str
    files: dict[str, str]
    home: Path = STATIC

    @property
    def target(self) -> Path:
        """The folder of this version; the version in its name lets browsers keep the files for ever."""
        return self.home / f"{self.folder}-{self.version}"


WANTED = (
    Wanted(
        "@tabler/core",
        "1.6.1",
        "tabler",
        "MIT",
        # Its script is left out: the pages need no pop-over that the browser does not have by itself.
        {"dist/css/tabler.min.css": "tabler.min.css"},
    ),
    Wanted(
        "bootstrap-icons",
        "1.13.2",
        "bootstrap-icons",
        "MIT",
        {
            "font/bootstrap-icons.min.css": "bootstrap-icons.min.css",
            "font/fonts/bootstrap-icons.woff2": "fonts/bootstrap-icons.woff2",
            "LICENSE": "LICENSE",
        },
    ),
    Wanted(
        "tom-select",
        "2.6.2",
        "tom-select",
        "Apache-2.0",
        {
            "dist/css/tom-select.bootstrap5.min.css": "tom-select.bootstrap5.min.css",
            "dist/js/tom-select.complete.min.js": "tom-select.complete.min.js",
            "LICENSE": "LICENSE",
        },
    ),
    Wanted(
        "leaflet",
        "1.9.4",
        "leaflet",
        "BSD-2-Clause",
        {
            "dist/leaflet.css": "leaflet.css",
            "dist/leaflet.js": "leaflet.js",
            "dist/images/marker-icon.png": "images/marker-icon.png",
            "dist/images/marker-icon-2x.png": "images/marker-icon-2x.png",
            "dist/images/marker-shadow.png": "images/marker-shadow.png",
            "dist/images/layers.png": "images/layers.png",
            "dist/images/layers-2x.png": "images/layers-2x.png",
            "LICENSE": "LICENSE",
        },
    ),
    # Bars, lines, heat maps and histograms, without maps and 3D; the major that plotly.py ships (trap P2).
    Wanted(
        "plotly.js-cartesian-dist-min",
        "4.1.1",
        "plotly-cartesian",
        "MIT",
        {"plotly-cartesian.min.js": "plotly-cartesian.min.js", "LICENSE": "LICENSE"},
    ),
    # Only the tests load axe; it judges the pages and is never shipped to a user.
    Wanted(
        "axe-core",
        "4.14.1",
        "axe-core",
        "MPL-2.0",
        {"axe.min.js": "axe.min.js", "LICENSE": "LICENSE"},
        home=TESTS,
    ),
)


def sha256(path: Path) -> str:
    """The fingerprint that the lock keeps of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def unpack(wanted: Wanted, scratch: Path) -> Path:
    """Asks npm for the one version and returns the unpacked package folder."""
    npm = shutil.which("npm") or sys.exit("Renewing the vendored files needs npm; nothing else does.")
    packed = subprocess.run(  # noqa: S603 - fixed arguments out of WANTED
        [npm, "pack", "--silent", f"{wanted.npm}@{wanted.version}"],
        cwd=scratch,
        check=True,
        capture_output=True,
        text=True,
    )
    with tarfile.open(scratch / packed.stdout.split()[-1]) as archive:
        archive.extractall(scratch / wanted.folder, filter="data")
    return scratch / wanted.folder / "package"


def check_licence(wanted: Wanted, package: Path) -> None:
    """Refuses a package whose licence is no longer the one we agreed to."""
    stated = json.loads((package / "package.json").read_text())["license"]
    if stated != wanted.licence:
        raise SystemExit(
            f"{wanted.npm} {wanted.version} is under {stated}, not {wanted.licence}; decide first."
        )


def renew(wanted: Wanted) -> dict[str, object]:
    """Puts the files of one package in place, without those of its older versions; returns its lock entry."""
    for old in wanted.home.glob(f"{wanted.folder}-[0-9]*"):
        shutil.rmtree(old)
    with tempfile.TemporaryDirectory() as scratch:
        package = unpack(wanted, Path(scratch))
        check_licence(wanted, package)
        for source, name in wanted.files.items():
            (wanted.target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(package / source, wanted.target / name)
    return {
        "npm": wanted.npm,
        "version": wanted.version,
        "licence": wanted.licence,
        "folder": wanted.target.relative_to(REPOSITORY).as_posix(),
        "sha256": {name: sha256(wanted.target / name) for name in sorted(wanted.files.values())},
    }


def main() -> None:
    """Renews every package and writes the lock."""
    LOCK.write_text(json.dumps([renew(wanted) for wanted in WANTED], indent=2) + "\n")


if __name__ == "__main__":
    main()
