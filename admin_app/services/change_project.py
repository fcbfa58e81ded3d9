"""What holds for a whole project is changed at any stage: contact, estimator, site, title [A42, A43, A45, A50, A57]."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import Unmet
from admin_app.models import Project
from admin_app.policy import Permission, demand
from admin_app.services.choose_estimator import read_estimator
from admin_app.services.merge_edits import Base
from admin_app.services.project_contacts import assign
from admin_app.services.record_rules import put
from admin_app.services.save_record import Saved, find, update_and_tell


def change_project(
    session: Session, project: Project, values: Mapping[str, Any], actor: Actor, base: Base | None = None
) -> Saved:
    """Change declared fields of a project; a new contact takes part in it from now on, which opens nothing [R32].

    The brand is switched by `switch_brand`, which says first what follows.  Raises NotAllowed, NotFound, Invalid with
    fields, Unmet, and EditConflict where somebody else changed the same meanwhile.
    """
    demand(actor, Permission.SALES_WRITE)
    if "brand" in values:
        raise Unmet("The brand of a project is switched on its own page, which says what follows")
    held = find(session, Project, project.id, actor, lock=True)
    rest = {key: value for key, value in values.items() if key != "estimator"}
    if "estimator" in values:
        chosen = read_estimator(session, values["estimator"], stays=held.estimator_id)
    saved = update_and_tell(session, Project, project.id, rest, actor, base)
    if "estimator" in values and held.estimator is not chosen:
        put(session, held, {"estimator": chosen})
    if held.contact is not None:
        assign(session, held, held.contact)
    return saved
