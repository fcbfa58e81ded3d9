"""What a person does at these pages: switches the second step on, types password and code, uses a passkey."""

import re

import pyotp

from admin_app.kernel.actor import Role
from tests.forms import read_off, send, token_of
from tests.signing import CAST, PASSWORD

PAGE = "/sign-in-and-security"
SITE = "http://localhost"


def secret_on(page):
    return read_off(r'st-key">([A-Z2-7 ]+)<', page.text).replace(" ", "")


def switch_on(desk):
    """Switch the second step on as a person does; gives back the app and the recovery codes."""
    page = send(desk, f"{PAGE}/app", {"your_password": PASSWORD})
    app = pyotp.TOTP(secret_on(page))
    note = read_off(r'name="note" value="([^"]+)"', page.text)
    shown = send(desk, f"{PAGE}/app/on", {"note": note, "code": app.now()})
    assert shown.status_code == 200, shown.text
    return app, re.findall(r"<code>([a-z0-9-]{14})</code>", shown.text)


def type_password(client, email=CAST[Role.OWNER][1], password=PASSWORD, next=""):
    token = token_of(client.get("/login"))
    return client.post(
        "/login", data={"email": email, "password": password, "next": next, "csrf_token": token}
    )


def type_code(client, code, **options):
    page = client.get("/login/code")
    return client.post("/login/code", data={"code": code, "next": "", "csrf_token": token_of(page)} | options)


def is_in(client):
    return client.get(PAGE).status_code == 200


def add_passkey(desk, device, name="Annas key"):
    asked = send(desk, f"{PAGE}/passkeys/challenge", {"your_password": PASSWORD, "name": name})
    assert asked.status_code == 200, asked.text
    return send(desk, f"{PAGE}/passkeys", {"name": name, "credential": device.make(asked.text)})


def enter_by_passkey(client, device, **but):
    token = token_of(client.get("/login"))
    asked = client.post("/login/passkey/challenge", data={"csrf_token": token})
    sent = {"credential": device.use(asked.text), "next": "", "csrf_token": token}
    return client.post("/login/passkey", data=sent | but)
