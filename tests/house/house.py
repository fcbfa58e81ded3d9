"""Where the house stands and how its code is read: shared by the tests of the rules."""

import ast
import gc
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "admin_app"
PACKAGES = [folder for folder in (APP, ROOT / "reports", ROOT / "seeds") if folder.is_dir()]


def tracked_files(*patterns: str) -> list[Path]:
    """The files of the repository, also those not committed yet, without what .gitignore names."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *patterns],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return sorted(ROOT / name for name in listing.split("\0") if name and (ROOT / name).is_file())


def modules() -> Iterator[tuple[Path, ast.Module]]:
    """Every Python module of the product with its syntax tree; migrations and vendored folders aside."""
    for package in PACKAGES:
        for file in sorted(package.rglob("*.py")):
            if not {"migrations", "static"} & set(file.relative_to(ROOT).parts):
                yield file, tree_of(file)


def tree_of(file: Path) -> ast.Module:
    """The syntax tree of a file.

    Nothing is swept away meanwhile: what a finalizer does in the middle of it lets Python 3.11 lose count of its depth.
    """
    gc.disable()
    try:
        return ast.parse(file.read_text(encoding="utf-8"), filename=str(file))
    finally:
        gc.enable()


def place(file: Path, node: ast.AST | None = None) -> str:
    """How a finding names its line: admin_app/web/door.py:12."""
    line = f":{node.lineno}" if node is not None and hasattr(node, "lineno") else ""
    return f"{file.relative_to(ROOT)}{line}"


def called_name(call: ast.Call) -> str:
    """The last part of what is called: `session.commit()` → "commit"."""
    match call.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""
