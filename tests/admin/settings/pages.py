"""What tests of the settings do: read a form off its page, type into it, send a picture."""

import html
import io
import re
from typing import Any

from PIL import Image
from sqlalchemy import select

from admin_app.models import (
    Brand,
)
from tests.forms import send


def typed_into(page: Any) -> dict[str, str]:
    """What the first form of the page would send if nobody typed anything."""
    form = max(re.findall(r"<form[^>]*st-form.*?</form>", page.text, re.S), key=len)
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ("checkbox" not in tag or "checked" in tag):
            found[name[1]] = value[1] if value else ""
    for name, inside in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\r?\n?(.*?)</textarea>', form, re.S):
        found[name] = inside
    for name, inside in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option selected value="([^"]*)"', inside)
        found[name] = chosen[1] if chosen else ""
    return {name: html.unescape(value) for name, value in found.items()}


def edit(client: Any, path: str, **typed: str) -> Any:
    """Open a form, type into some of its fields, send it."""
    shown = typed_into(client.get(path))
    return client.post(path, data=shown | typed)


def the_brand(rows: Any) -> Brand:
    with rows() as session:
        found: Brand = session.scalars(select(Brand).order_by(Brand.id)).first()
        return found


def picture(kind: str = "PNG", size: tuple[int, int] = (1200, 400), mode: str = "RGB") -> io.BytesIO:
    file = io.BytesIO()
    Image.new(mode, size, 1 if mode in ("1", "L") else (13, 101, 112)).save(file, kind)
    file.seek(0)
    return file


def upload(client: Any, content: io.BytesIO, name: str = "logo.png") -> Any:
    return send(
        client,
        "/admin/settings/brands/1/logo",
        {"logo": (content, name)},
        content_type="multipart/form-data",
    )


BEA = {"name": "Bea Okafor", "email": "bea@ashworth.test", "phone": "", "role": "office"}
