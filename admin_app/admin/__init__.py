"""The back office: Flask-Admin lists and forms generated from the declarations, and the pages of our own.

The door of staff.  `init_admin(app)` opens it; `views.py` says which entities have generated pages, `pages.py` names
our own, `menu.py` says where each stands.
"""

from __future__ import annotations

from flask import Flask

from admin_app.admin.front_desk import open_front_desk
from admin_app.admin.menu import current_shell
from admin_app.admin.pages import BLUEPRINTS
from admin_app.admin.views import entity_views
from admin_app.web.shell import init_shell


def init_admin(app: Flask) -> None:
    """Register the generated views, our own pages and the frame around them."""
    office = open_front_desk(app)
    for view in entity_views():
        office.add_view(view)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    init_shell(app, current_shell)
