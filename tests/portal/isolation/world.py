"""Customers, people and links of every standing: who may look at what is for the slow rule (`expected`) to say.

`write(rows, clock, keep)` writes them; `keep` puts the bytes of a file where the application finds them.  Alder is the
customer whose people differ; at Birch a brand hides parts, at Cedar the customer; Dogwood's brand, Elder and Fir are
switched off or archived.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.kernel.clock import Clock
from admin_app.models import (
    AccessState,
    Address,
    Brand,
    Company,
    Contact,
    CustomerGroup,
    DocumentLink,
    Estimate,
    Event,
    Invoice,
    Membership,
    MembershipRole,
    Payment,
    Project,
    Refund,
    TaxRate,
)
from admin_app.models.base import OfficeSession
from seeds.builders import a_brand, a_company, a_contact, a_group
from seeds.portal_builders import a_checkout, a_contact_change, a_document_link, a_portal_account, access_to
from tests.portal.isolation.canaries import Canaries
from tests.portal.isolation.records import Shelf, linkable, of_the_customer, of_the_project
from tests.services.desk import Desk
from tests.signing import a_user

Keep = Callable[[bytes], tuple[str, str]]
"""Keeps the bytes of a file and gives its key and hash."""


@dataclass
class World:
    """Names of the people, customers and projects → their numbers, and every word that was given out."""

    canaries: Canaries = field(default_factory=Canaries)
    contacts: dict[str, int] = field(default_factory=dict)
    groups: dict[str, int] = field(default_factory=dict)
    projects: dict[str, int] = field(default_factory=dict)


def write(rows: Any, clock: Clock, keep: Keep) -> World:
    """Write everything in one transaction."""
    world = World()
    with rows() as session:
        pen = _Pen(session, clock, keep, world)
        pen.company()
        pen.customers()
        pen.people()
        pen.access()
        pen.links()
    return world


def write_more(rows: Any, clock: Clock, keep: Keep, world: World) -> None:
    """More of what nobody at Alder sees: a project that is open to nobody, and another customer with everything."""
    with rows() as session:
        pen = _Pen(session, clock, keep, world)
        alder = session.get_one(CustomerGroup, world.groups["alder"])
        pen.project("alder", "alder unseen", alder, site=alder.addresses[0])
        pen.customer("gorse", brand=session.scalars(select(Brand).order_by(Brand.id)).first())
        pen.person("gina", "gorse", primary=True)
        pen.open("gorse one", "gina")


@dataclass
class _Pen:
    """Writes the world piece by piece."""

    session: OfficeSession
    clock: Clock
    keep: Keep
    world: World
    brands: dict[str, Brand] = field(default_factory=dict)

    def company(self) -> None:
        """A company whose portal is on, three brands, one of staff, and a tax."""
        a_company(self.session, zone="UTC", portal_enabled_default=True, email="office@north.test")
        self.brands["north"] = a_brand(self.session, is_default=True)
        self.brands["south"] = a_brand(
            self.session, name="South Tree Care", key="south", portal_hides=["jobs", "messages"]
        )
        self.brands["off"] = a_brand(self.session, name="Off Tree Care", key="off", portal_on=False)
        a_user(self.session, Role.OWNER)
        self.session.add(TaxRate(name="VAT", rate=Decimal(20)))

    def customers(self) -> None:
        """Six customers, each with every kind of record; Alder with three projects."""
        self.customer("alder")
        for name in ("two", "three"):
            self.project("alder", f"alder {name}", self.group("alder"))
        self.customer("birch", brand=self.brands["south"])
        self.customer("cedar", portal_hides=["requests", "files", "invoices"])
        self.customer("dogwood", brand=self.brands["off"])
        self.customer("elder", portal_on=False)
        self.customer("fir", archived_at=self.clock.now())

    def customer(self, name: str, **but: Any) -> None:
        """A customer with a project and everything that belongs to no project."""
        group = self.world.canaries.on(a_group, self.session, into="name", **but)
        group.notes, group.description = self.world.canaries.secret(), self.world.canaries.secret()
        self.world.groups[name] = group.id
        shelf = self.shelf(group)
        writer = a_contact(self.session, group, first_name=name.capitalize(), last_name="Writer")
        reader = a_contact(self.session, group, first_name=name.capitalize(), last_name="Reader")
        self.world.contacts |= {f"{name} writer": writer.id, f"{name} reader": reader.id}
        for contact in (writer, reader):
            a_portal_account(self.session, contact)
        of_the_customer(shelf, writer, reader)
        self.project(name, f"{name} one", group, writer)

    def project(
        self,
        owner: str,
        name: str,
        group: CustomerGroup,
        asker: Contact | None = None,
        site: Address | None = None,
    ) -> None:
        """A project with everything that belongs to one."""
        asker = asker or self.session.get_one(Contact, self.world.contacts[f"{owner} writer"])
        self.world.projects[name] = of_the_project(self.shelf(group), asker, site).id

    def shelf(self, group: CustomerGroup) -> Shelf:
        """Where the records of a customer are written."""
        desk = Desk(self.session, self.session.info["actor"], self.clock, group)
        brand = group.brand or self.session.scalars(select(Brand).where(Brand.is_default)).one()
        return Shelf(desk, self.world.canaries, brand, self.keep)

    def people(self) -> None:
        """Whoever can stand in a different place towards Alder, and the primary contacts of the others."""
        self.person("olga", "alder", primary=True)
        self.person("sid", "alder")
        self.person("kim", "alder")
        self.person("bill", "alder", role=MembershipRole.BILLING)
        self.person("mona", "alder", portal_hides=["proposals", "appointments"])
        self.person("rex", "alder")
        self.person("ada", "alder", archived_at=self.clock.now())
        self.person("otto", "alder", account=False)
        self.person("off", "alder", active=False)
        self.person("shay", "alder")
        self.session.add(Membership(group_id=self.group("birch").id, contact_id=self.world.contacts["shay"]))
        self.person("arch", None)
        self.person("stranger", None)
        for customer in ("birch", "cedar", "dogwood", "elder", "fir"):
            self.person(f"{customer} owner", customer, primary=True)
        for name, customer in (("shay", "alder"), ("shay", "birch"), ("olga", "alder"), ("sid", "alder")):
            self.world.canaries.on(self.change, name, customer, into="word")

    def change(self, name: str, customer: str, word: str) -> Any:
        """Somebody wishes own details changed; only one wish of theirs waits."""
        state = {"state": "withdrawn"} if (name, customer) == ("shay", "birch") else {}
        contact = self.session.get_one(Contact, self.world.contacts[name])
        return a_contact_change(
            self.session, contact, self.group(customer), after={"job_title": word}, **state
        )

    def person(
        self,
        name: str,
        customer: str | None,
        *,
        primary: bool = False,
        account: bool = True,
        active: bool = True,
        role: MembershipRole = MembershipRole.GENERAL,
        portal_hides: list[str] | None = None,
        **but: Any,
    ) -> None:
        """Somebody with a word for a last name, and where `customer` is given a place there."""
        low = name.replace(" ", ".")
        named = {"first_name": name.title(), "email": f"{low}@client.test"}
        contact = self.world.canaries.on(a_contact, self.session, into="last_name", **named, **but)
        self.world.contacts[name] = contact.id
        if customer is not None:
            self.session.add(
                Membership(
                    group_id=self.group(customer).id,
                    contact_id=contact.id,
                    is_primary=primary,
                    role=role,
                    portal_hides=portal_hides or [],
                )
            )
        if account:
            a_portal_account(self.session, contact, active=active)
        self.session.flush()

    def access(self) -> None:
        """Which project is open to whom; every open state occurs."""
        self.open("alder one", "olga", AccessState.ACTIVE)
        self.open("alder one", "kim", AccessState.NOTIFIED)
        for name in ("mona", "ada", "otto", "off", "arch"):
            self.open("alder one", name)
        self.open("alder one", "rex", AccessState.REVOKED)
        self.open("alder two", "shay")
        self.open("alder three", "arch", AccessState.REVOKED)
        self.open("birch one", "shay")
        for customer in ("birch", "cedar", "dogwood", "elder", "fir"):
            self.open(f"{customer} one", f"{customer} owner")

    def open(self, project: str, name: str, state: AccessState = AccessState.INVITED) -> None:
        """Open a project to somebody, or let it have been closed again."""
        access_to(
            self.session,
            self.session.get_one(Project, self.world.projects[project]),
            self.session.get_one(Contact, self.world.contacts[name]),
            state=state,
        )

    def links(self) -> None:
        """Links to documents: for everybody by name, for nobody, taken back, and to what moved to another customer."""
        documents = self.documents("alder one")
        for about in documents:
            self.link(about)
            self.link(about, "kim")
        estimate, invoice = documents[0], documents[1]
        for name in ("sid", "rex", "mona", "ada", "otto", "off", "arch", "stranger"):
            self.link(estimate, name)
            self.link(invoice, name)
        for about in self.documents("alder two"):
            self.link(about, "olga")
            self.link(about, "shay", revoked_at=self.clock.now())
            self.link(about, group_id=self.group("birch").id)
        drafts = select(Estimate).where(
            Estimate.project_id == self.world.projects["alder one"], Estimate.state == "draft"
        )
        for draft in self.session.scalars(drafts.where(Estimate.base_id.is_(None))):
            self.link(draft, "kim")
        for customer in ("birch", "cedar", "dogwood", "elder", "fir"):
            for about in self.documents(f"{customer} one"):
                self.link(about, f"{customer} owner")
        for about in self.documents(None):
            self.link(about)
        self.paid_by_link(estimate, invoice)

    def paid_by_link(self, *documents: Any) -> None:
        """Somebody began to pay by each of two links; and money of one customer went back in another's name."""
        for about in documents:
            link = self.link(about, "shay" if about is documents[0] else "olga")
            self.begun(link.group, link_id=link.id)
        shared = self.session.get_one(Contact, self.world.contacts["shay"])
        for customer in ("alder", "birch"):
            self.begun(self.group(customer), contact_id=shared.id)
        paid = select(Payment).where(Payment.group_id == self.group("alder").id, Payment.state == "received")
        payment = self.session.scalars(paid.where(Payment.project_id.is_(None))).first()
        shelf = self.shelf(self.group("birch"))
        astray = {"amount": 1, "currency": "EUR", "refunded_on": self.clock.today()}
        assert payment is not None
        shelf.put(Refund, "reason", payment_id=payment.id, group_id=self.group("birch").id, **astray)

    def begun(self, group: CustomerGroup, **by: int) -> None:
        """An attempt to pay."""
        brand = self.brands["north"]
        self.world.canaries.on(a_checkout, self.session, group, brand, into="problem", **by)

    def documents(self, project: str | None) -> list[Any]:
        """One of each kind that a link can open, of a project of Alder's or any other; None: of no project at all."""
        number = self.world.projects[project] if project is not None else None
        if number is None:
            group = self.world.groups["alder"]
            mine = [Invoice.group_id == group, Invoice.project_id.is_(None), Invoice.state == "issued"]
            event = [Event.group_id == group, Event.project_id.is_(None), Event.kind == "visit"]
            return [
                *self.session.scalars(select(Invoice).where(*mine).limit(1)),
                *self.session.scalars(select(Event).where(*event).limit(1)),
            ]
        return linkable(self.session, number)

    def link(self, about: Any, name: str | None = None, **but: Any) -> DocumentLink:
        """A link to a document for somebody, or for whoever holds it."""
        contact = self.session.get_one(Contact, self.world.contacts[name]) if name is not None else None
        return a_document_link(self.session, about, contact, **but)

    def group(self, name: str) -> CustomerGroup:
        """A customer by its name here."""
        return self.session.get_one(CustomerGroup, self.world.groups[name])


def company_of(session: OfficeSession) -> Company:
    """The one company."""
    return session.get_one(Company, 1)
