"""What tests of generated pages do: keep records, look again, read the signed base of a form."""

import html
import re

from admin_app.models.engine import WRITING


def kept(session, *records):
    session.commit()
    return records[0] if len(records) == 1 else records


def fresh(session):
    """Look at what requests wrote, without holding the database for the next one."""
    WRITING.set(False)  # the test client's requests run in this context and say here that they write
    session.rollback()
    session.expire_all()
    return session


def base_of(client, url):
    page = client.get(url)
    assert page.status_code == 200, page.text[:2000]
    return base_in(page)


def base_in(page):
    found = re.search(r'name="base" value="([^"]+)"', page.text)
    assert found
    return found[1]


def agreed(page):
    """What the question's form carries."""
    pairs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text)
    data: dict[str, list[str]] = {}
    for name, value in pairs:
        if name != "csrf_token":
            data.setdefault(name, []).append(html.unescape(value))
    return data
