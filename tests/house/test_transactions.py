"""One request is one transaction: `commit()` stands only where a transaction ends (design section 2)."""

import ast

import pytest

from tests.house.house import APP, called_name, modules, place

ENDS_TRANSACTIONS = ("web", "jobs", "cli")


def commits_in(tree: ast.Module) -> list[ast.Call]:
    """Every call of something named commit."""
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call) and called_name(node) == "commit"]


def test_only_the_doors_commit():
    offenders = [
        place(file, call)
        for file, tree in modules()
        if file.relative_to(APP.parent).parts[:2] not in {("admin_app", room) for room in ENDS_TRANSACTIONS}
        for call in commits_in(tree)
    ]

    assert not offenders, f"commit() outside {', '.join(ENDS_TRANSACTIONS)}: {offenders}"


@pytest.mark.parametrize("line", ["session.commit()", "self.session.commit()", "db.session.commit()"])
def test_a_commit_is_seen_however_the_session_is_called(line):
    assert commits_in(ast.parse(f"def f(session, db, self):\n    {line}"))
