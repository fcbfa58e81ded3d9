"""Reading answers: the text of a page, a paper or a calendar, and the forms and addresses that a page offers."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from typing import Any

from pypdf import PdfReader
from werkzeug.test import TestResponse


@dataclass
class Form:
    """A form of a page: where it goes, and what it sends: name → values, empty fields filled in."""

    action: str
    method: str
    values: dict[str, list[str]] = field(default_factory=dict)


class _Page(HTMLParser):
    """Collects forms and addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.addresses: list[str] = []
        self._form: Form | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self.addresses += [told[name] for name in ("href", "src") if told.get(name)]
        if tag == "form":
            self._form = Form(told.get("action", ""), told.get("method", "get").upper())
            self.forms.append(self._form)
        elif self._form is not None and tag in ("input", "textarea", "button", "select") and told.get("name"):
            self._take(self._form, tag, told)
        elif tag == "option" and self._form is not None and self._select and told.get("value"):
            self._form.values.setdefault(self._select, [told["value"]])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        if tag == "select":
            self._select = ""

    def _take(self, form: Form, tag: str, told: dict[str, str]) -> None:
        name, kind = told["name"], told.get("type", "text")
        if tag == "select":
            self._select = name
        elif kind == "file":
            return
        elif kind == "radio":
            form.values.setdefault(name, [told.get("value", "")])
        elif kind == "checkbox":
            form.values.setdefault(name, []).append(told.get("value", "on"))
        else:
            form.values.setdefault(name, []).append(told.get("value") or "words")


def read_page(html: str) -> _Page:
    """The forms and addresses of a page."""
    page = _Page()
    page.feed(html)
    return page


def text_of(answer: TestResponse) -> str:
    """Everything that an answer tells: its headers (names of files, where it leads) and its body, papers as text."""
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers)
    body = answer.get_data()
    if answer.mimetype == "application/pdf":
        return f"{headers}\n{pdf_text(body)}"
    return f"{headers}\n{body.decode('utf-8', 'replace')}"


@cache
def pdf_text(body: bytes) -> str:
    """The text of a paper."""
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(body)).pages)


def is_page(answer: TestResponse) -> bool:
    """Whether it is a page for people."""
    return answer.status_code == 200 and answer.mimetype == "text/html"


def plain(values: dict[str, list[str]]) -> dict[str, Any]:
    """Values of a form as the test client sends them."""
    return {name: several if len(several) > 1 else several[0] for name, several in values.items() if several}
