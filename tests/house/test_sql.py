"""No SQL is built from what people typed: raw statements are literals, values are bound (security.md)."""

import ast

import pytest

from tests.house.house import called_name, modules, place

RAW_SQL = {"text", "literal_column", "exec_driver_sql", "executescript", "raw"}


def built_sql(tree: ast.Module) -> list[ast.Call]:
    """Calls that take raw SQL and are given anything put together at run time."""
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and called_name(node) in RAW_SQL and node.args
        if _is_built(node.args[0])
    ]


def _is_built(statement: ast.expr) -> bool:
    match statement:
        case ast.JoinedStr() | ast.BinOp():
            return True
        case ast.Call(func=ast.Attribute(attr="format" | "join" | "replace")):
            return True
    return False


# Names of our own tables and columns may be put into a statement, never what came from outside; each such
# place says whose names they are.
BUILT_FROM_OUR_OWN_NAMES: dict[str, str] = {}


def test_raw_sql_is_written_out():
    places = {place(file) for file, tree in modules() if built_sql(tree)}

    assert places == set(BUILT_FROM_OUR_OWN_NAMES)


@pytest.mark.parametrize(
    "line",
    [
        'session.execute(text(f"select {name}"))',
        'session.execute(text("select " + name))',
        'connection.exec_driver_sql("select %s" % name)',
        'text("select {}".format(name))',
        'text(" ".join(parts))',
    ],
)
def test_a_built_statement_is_seen(line):
    assert built_sql(ast.parse(line))


def test_a_written_statement_with_bound_values_is_fine():
    assert not built_sql(ast.parse('session.execute(text("select :name"), {"name": name})'))
