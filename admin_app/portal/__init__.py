"""The portal: what a client sees, signs, pays and writes, in slim pages of their own brand [1.W, 100-122].

One set of pages answers under three addresses: /portal/… for a client who signed in, /portal/d/<token>/… for whoever
holds the link to one document, and /admin/see-as/<token>/… for staff who look through a client's eyes.
"""

from __future__ import annotations

from flask import Flask

from admin_app.portal import (  # noqa: F401  each adds its addresses to the door or to the pages
    appointments,
    cards,
    chooser,
    details,
    files,
    home,
    invoices,
    jobs,
    messages,
    own_password,
    paying,
    payments,
    projects,
    proposal_answers,
    proposals,
    requests,
)
from admin_app.portal.door import door
from admin_app.portal.frame import init_frame
from admin_app.portal.logo import logos
from admin_app.portal.pages import pages
from admin_app.web.clients import LINK, PORTAL, SEE_AS, touch_client


def init_portal(app: Flask) -> None:
    """Open the portal's pages under their three addresses."""
    app.register_blueprint(pages, name=PORTAL, url_prefix="/portal")
    app.register_blueprint(pages, name=LINK, url_prefix="/portal/d/<token>")
    app.register_blueprint(pages, name=SEE_AS, url_prefix="/admin/see-as/<token>")
    app.register_blueprint(door)
    app.register_blueprint(logos)
    app.after_request(touch_client)
    init_frame(app)
