"""A walk through pages by their links: every address of the url map without arguments, then whatever those lead to."""

import re
from collections import Counter, deque
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urljoin, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

# How many addresses of one view are searched for links to views not seen yet.
LOOKED_INTO = 6

# Addresses that answer a GET but have no page of their own for the owner to look at, by the end of their name.
NO_PAGE = {
    "static": "files",
    "ajax_lookup": "Flask-Admin's own look-up, shut in favour of ours",
    "export": "a file",
    "create_view": "registered for every list; which are written by hand is the role matrix's business",
    "edit_view": "the same",
    "delete_view": "the same",
}
# The door of programs has no pages; its answers are read in tests/api.
FOR_PROGRAMS = ("api.", "api-docs.")
# The pages of clients are walked by clients (test_portal_axe).
FOR_CLIENTS = ("portal.", "portal_link.", "portal_door.", "see_as.")


@dataclass
class Tour:
    """An application, the cookie of somebody in it, and one address of every view that they can see.

    `doors` begin the names of the views that are walked; None: all but those of programs and of the portal.
    """

    app: Flask
    cookie: str
    pages: dict[str, str] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)
    doors: tuple[str, ...] | None = None

    def walks(self, endpoint: str) -> bool:
        """Whether a view belongs to this walk."""
        if self.doors is not None:
            return endpoint.startswith(self.doors)
        return not endpoint.startswith((*FOR_PROGRAMS, *FOR_CLIENTS))

    def endpoint(self, path: str) -> str:
        """Which view answers a GET of this path; "" where there is none."""
        try:
            return str(self.app.url_map.bind("localhost").match(urlsplit(path).path, method="GET")[0])
        except (HTTPException, RequestRedirect):
            return ""

    def unseen(self) -> list[str]:
        """The views with a GET that answered nothing and have no reason not to."""
        addresses = {rule.endpoint for rule in self.app.url_map.iter_rules() if "GET" in (rule.methods or ())}
        return sorted(
            name
            for name in addresses - self.answered
            if name.rsplit(".", 1)[-1] not in NO_PAGE and self.walks(name)
        )


def discover(tour: Tour, client: FlaskClient, first: list[str]) -> None:
    """Follow the links of every page, a few addresses of each view, until nothing new turns up."""
    rules = [rule for rule in tour.app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    bare = [str(r) for r in rules if not r.arguments and tour.walks(r.endpoint)]
    queue, known, looked = deque([*first, *bare]), set(bare) | set(first), Counter[str]()
    while queue:
        path = queue.popleft()
        endpoint = tour.endpoint(path)
        if (
            not endpoint
            or endpoint.endswith("static")
            or not tour.walks(endpoint)
            or looked[endpoint] >= LOOKED_INTO
        ):
            continue
        looked[endpoint] += 1
        with client.get(path, headers={"Accept": "text/html"}) as answer:
            if answer.status_code in (404, 422) and path in bare:
                continue  # a page of one record or figure, asked without saying which: some link will
            tour.answered.add(endpoint)
            if answer.status_code >= 400:
                tour.broken.append(f"{path}: answers {answer.status_code}")
            if answer.status_code != 200 or answer.mimetype != "text/html":
                if answer.status_code == 200:
                    looked[endpoint] = LOOKED_INTO  # a file leads nowhere: one of them will do
                continue
            tour.pages.setdefault(endpoint, path)
            for link in re.findall(r'<a\b[^>]*\bhref="([^"]+)"', answer.get_data(as_text=True)):
                target = urljoin(path, unescape(link)).split("#")[0]
                if target.startswith("/") and target not in known:
                    known.add(target)
                    queue.append(target)
