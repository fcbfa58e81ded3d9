"""Templates escape what people typed and obey the strict content policy (security.md)."""

import re

import pytest

from tests.house.house import APP, modules, place

TEMPLATES = sorted((APP / "templates").rglob("*.html")) + sorted((APP / "templates").rglob("*.jinja"))

# What must not stand in a template, and what to do instead.
FORBIDDEN = {
    r"\|\s*safe\b": "say it in plain text, or build the markup in the template",
    r"\{%-?\s*autoescape\s+false": "leave escaping on",
    r"\bMarkup\(": "build the markup in the template",
    r"<[^>{]*\son[a-z]+\s*=": "listen from a script file",
    r"javascript:": "listen from a script file",
    r"<[^>{]*\sstyle\s*=": "use a class",
    r"<script(?![^>]*\b(?:src|nonce)\b)(?![^>]*application/json)[^>]*>": "use a script file or the nonce",
    r"<style(?![^>]*\bnonce\b)[^>]*>": "use a style sheet or the nonce",
}


@pytest.mark.parametrize("pattern", FORBIDDEN)
def test_no_template_holds_what_the_policy_blocks(pattern):
    offenders = [
        f"{place(file)}:{text.count(chr(10), 0, found.start()) + 1}"
        for file in TEMPLATES
        for text in [re.sub(r"\{#.*?#\}", lambda m: "\n" * m[0].count("\n"), file.read_text(), flags=re.S)]
        for found in re.finditer(pattern, text, flags=re.I)
    ]

    assert not offenders, f"{FORBIDDEN[pattern]}: {offenders}"


@pytest.mark.parametrize(
    ("line", "pattern"),
    [
        ("{{ name|safe }}", r"\|\s*safe\b"),
        ('<a class="x" onclick="go()">', r"<[^>{]*\son[a-z]+\s*="),
        ('<p style="color: red">', r"<[^>{]*\sstyle\s*="),
        ("<script>go()</script>", r"<script(?![^>]*\b(?:src|nonce)\b)(?![^>]*application/json)[^>]*>"),
    ],
)
def test_the_patterns_see_what_they_look_for(line, pattern):
    assert pattern in FORBIDDEN
    assert re.search(pattern, line)


def test_no_python_declares_text_of_people_to_be_markup():
    # Markup("…") of a literal is fine; Markup(variable), Markup(f"…") and "…" + … are not.
    import ast

    from tests.house.house import called_name

    offenders = [
        place(file, node)
        for file, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and called_name(node) == "Markup"
        and not (len(node.args) == 1 and isinstance(node.args[0], ast.Constant))
    ]

    assert not offenders
