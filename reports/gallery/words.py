"""The words between the figures: markdown as a tree of plain nodes that a template prints, with no markup in it [135].

HTML in a text stays text; links lead to pages and addresses of the web only.
"""

from __future__ import annotations

from typing import Any

Node = dict[str, Any] | str
"""A text, or {"tag", "children"} with a tag of `TAGS`; links have an "href" too."""

TAGS = {
    "paragraph": "p",
    "strong": "strong",
    "em": "em",
    "bullet_list": "ul",
    "ordered_list": "ol",
    "list_item": "li",
    "blockquote": "blockquote",
    "code_inline": "code",
    "code_block": "pre",
    "fence": "pre",
    "link": "a",
    "hr": "hr",
}
_SCHEMES = ("https://", "http://", "mailto:", "/")


def words(markdown: str) -> list[Node]:
    """The text as nodes; where no reader of markdown is installed, its paragraphs as they are written."""
    try:
        from markdown_it import MarkdownIt
        from markdown_it.tree import SyntaxTreeNode
    except ImportError:
        return [{"tag": "p", "children": [one]} for one in markdown.split("\n\n") if one.strip()]
    tree = SyntaxTreeNode(MarkdownIt("commonmark", {"html": False}).parse(markdown))
    return [one for child in tree.children for one in _nodes(child)]


def _nodes(node: Any) -> list[Node]:
    kind = node.type
    if kind == "text":
        return [node.content]
    if kind in ("softbreak", "hardbreak"):
        return [" "]
    if kind in ("code_inline", "code_block", "fence"):
        return [{"tag": TAGS[kind], "children": [node.content]}]
    inside = [one for child in node.children for one in _nodes(child)]
    if kind == "heading":
        return [{"tag": f"h{min(6, max(2, int(node.tag[1:])))}", "children": inside}]
    if kind == "link" and not str(node.attrs.get("href", "")).startswith(_SCHEMES):
        return inside
    if kind not in TAGS:
        return inside or ([node.content] if node.content else [])
    found: dict[str, Any] = {"tag": TAGS[kind], "children": inside}
    if kind == "link":
        found["href"] = str(node.attrs["href"])
    return [found]
