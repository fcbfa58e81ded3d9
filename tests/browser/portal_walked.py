"""A client of the walked company who may see all there is, so that every page of the portal has something to show."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import make_url, select

from admin_app.kernel.clock import SystemClock
from admin_app.models import (
    Attachment,
    Company,
    CustomerGroup,
    DocumentLink,
    Estimate,
    Invoice,
    InvoiceState,
    LeadState,
    Membership,
    PaymentMethod,
    PortalLook,
    Project,
)
from admin_app.models.base import OfficeSession
from admin_app.models.engine import open_engine
from admin_app.services.grant_access import grant_access
from admin_app.storage.folder import FolderStorage
from seeds.demo.clients import propose
from seeds.portal_builders import a_document_link, a_portal_account
from seeds.work_builders import a_lead, a_project
from tests.fixtures.office import ANN
from tests.portal.signing import link_path, sign_in_client


@dataclass(frozen=True)
class Shown:
    """The client, the customer whose things are looked at, and links to a proposal and to a bill."""

    contact: int
    group: int
    links: tuple[str, ...]


def open_everything(client: FlaskClient, url: str) -> Shown:
    """Switch the portal on, open every project of the customer that has something of each kind, and sign in."""
    engine = open_engine(url)
    with OfficeSession(
        engine,
        expire_on_commit=False,
        info={"actor": ANN, "clock": SystemClock("Europe/London"), "door": "test"},
    ) as session:
        session.get_one(Company, 1).portal_enabled_default = True
        group = session.scalars(select(CustomerGroup).where(CustomerGroup.archived_at.is_(None))).first()
        assert group is not None
        place = session.scalars(
            select(Membership).where(Membership.group_id == group.id, Membership.is_primary)
        ).one()
        contact = place.contact
        a_portal_account(session, contact)
        links = [a_document_link(session, document, contact) for document in _documents(session, group)]
        for project in session.scalars(select(Project).where(Project.group_id == group.id)):
            grant_access(session, project, contact.id, ANN, session.info["clock"])
        asked = a_project(session, group, title="A quote for the hedge")
        a_lead(session, asked, state=LeadState.FOR_APPROVAL, asked_by_id=contact.id)
        _share_a_photo(session, group, Path(make_url(url).database or "").parent / "files")
        session.add(
            PaymentMethod(
                group_id=group.id, token="pm_walked", brand="visa", last4="4242", brand_id=group.brand_id
            )
        )
        session.add(PortalLook(welcome="Reach us without waiting on the phone."))
        session.commit()
        shown = (contact.id, group.id)
    sign_in_client(client, *shown)
    engine.dispose()
    return Shown(*shown, tuple(_pages_of(client, links)))


def _pages_of(client: FlaskClient, links: list[DocumentLink]) -> list[str]:
    """The addresses to which the links lead."""
    entries = (link_path(client.application, link) + "/" for link in links)
    return [client.get(entry).location for entry in entries]


def _documents(session: OfficeSession, group: CustomerGroup) -> list[Estimate | Invoice]:
    """A proposal that waits for its answer, and a bill that is not paid."""
    proposal = propose(session, group, ANN, session.info["clock"])
    bill = session.scalars(
        select(Invoice).where(
            Invoice.group_id == group.id, Invoice.state == InvoiceState.ISSUED, Invoice.balance > 0
        )
    ).first()
    assert bill is not None
    return [proposal, bill]


def _share_a_photo(session: OfficeSession, group: CustomerGroup, store: Path) -> None:
    drawn = BytesIO()
    Image.new("RGB", (64, 48), "#2a6f3b").save(drawn, "PNG")
    size = drawn.tell()
    keys = []
    for _ in range(2):
        drawn.seek(0)
        keys.append(FolderStorage(store).store(drawn, limit=100_000).key)
    session.add(
        Attachment(
            group_id=group.id,
            name="The oak, from the road.png",
            content_type="image/png",
            size=size,
            sha256="0" * 64,
            store_key=keys[0],
            preview_key=keys[1],
            shared=True,
        )
    )
