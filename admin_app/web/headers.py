"""The headers that every answer carries, so that a page cannot be framed, sniffed, cached or scripted by others.

Flask-Admin's script tags, our own templates and the policy must name the same nonce, hence one function for all
three: `Admin(..., csp_nonce_generator=csp_nonce)`, `{{ csp_nonce() }}` in a template, and the header written here.
Sources: security.md "Requests"; dependencies.md traps C1, C2, C4 and F4.
"""

from __future__ import annotations

import secrets

from flask import Flask, Response, g, request, session

HALF_A_YEAR = 15_552_000
A_YEAR = 31_536_000

# `{nonce}` is new for each answer. Inline handlers and style attributes have no nonce and stay refused.
POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
    "img-src 'self' data: blob:{images}; font-src 'self'; connect-src 'self'; object-src 'none'; "
    "base-uri 'none'; frame-src 'none'; frame-ancestors 'none'; form-action 'self'"
)

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def csp_nonce() -> str:
    """The nonce of this request: drawn once, the same for every script and style element of the page."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def allow_images_from(origin: str) -> None:
    """Lets this one page load pictures from `origin`, the map tiles that the company chose in its settings."""
    g.csp_images = f" {origin}"


def write_headers(answer: Response) -> Response:
    """Puts the headers on one answer; a view that set one of them itself keeps its own."""
    for name, value in ALWAYS.items():
        answer.headers.setdefault(name, value)
    answer.headers.setdefault(
        "Content-Security-Policy", POLICY.format(nonce=csp_nonce(), images=g.get("csp_images", ""))
    )
    if request.is_secure:
        answer.headers.setdefault("Strict-Transport-Security", f"max-age={HALF_A_YEAR}")
    remember_or_forget(answer)
    return answer


def remember_or_forget(answer: Response) -> None:
    """Files named by version or content are kept for ever; a page that knows its reader is never stored."""
    if (request.endpoint or "").endswith("static"):
        named_by_content = "/vendor/" in request.path or "v" in request.args
        if named_by_content and answer.status_code in (200, 304):
            answer.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
    elif answer.cache_control.public:
        pass  # it says itself that it is the same for everybody: a logo
    elif session or session.modified or request.authorization:
        answer.headers["Cache-Control"] = "no-store"
    else:
        answer.headers.setdefault("Cache-Control", "no-cache")


def init_headers(app: Flask) -> None:
    """Registers the headers for every answer of `app`, and `csp_nonce()` for its templates."""
    app.jinja_env.globals["csp_nonce"] = csp_nonce
    app.after_request(write_headers)
