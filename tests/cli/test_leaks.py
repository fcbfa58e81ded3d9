"""`sawhorse leaks`: the portal is walked on the real database, nothing of it remains, and a leak is told [114, I16]."""

import json

import pytest
from sqlalchemy import MetaData, create_engine, select, text

from admin_app.app import create_app
from admin_app.cli.leaks import walk_on
from admin_app.models import CustomerGroup, Invoice
from admin_app.models.rehearsal import rehearsal
from admin_app.portal.things import thing
from admin_app.web.clients import for_clients
from admin_app.web.company import office_session
from seeds.builders import a_brand, a_company, a_contact, a_group
from seeds.portal_builders import a_document_link, a_portal_account, access_to
from seeds.work_builders import a_project
from tests.cli.typing import environment, type_command
from tests.services.desk import Desk
from tests.signing import on_sqlite


@pytest.fixture
def bills(rows, clock):
    """Two customers, each with a portal user and a bill; one bill has a link."""
    with rows() as session:
        a_company(session, portal_enabled_default=True)
        a_brand(session, is_default=True)
        for name in ("Ash", "Birch"):
            group = a_group(session, name=name)
            desk = Desk(session, session.info["actor"], clock, group)
            contact = a_contact(session, group, primary=True, first_name=name)
            a_portal_account(session, contact)
            project = a_project(session, group)
            access_to(session, project, contact)
            bill = desk.invoice("98.76", project_id=project.id)
        a_document_link(session, bill)


def everything(database):
    """Every row of every table."""
    engine = create_engine(database)
    metadata = MetaData()
    with engine.connect() as connection:
        metadata.reflect(connection)
        kept = {
            name: sorted(map(str, connection.execute(select(table))))
            for name, table in metadata.tables.items()
        }
    engine.dispose()
    return kept


def test_a_walk_leaves_nothing_and_finds_nothing(bills, database, tmp_path):
    before = everything(database)

    told = type_command(environment(tmp_path / "home", database), "leaks", "--sample", "2", "--json")

    assert told.exit_code == 0, told.output
    report = json.loads(told.output)
    assert report["leaks"] == [] and report["accounts"] == 2 and report["links"] == 1
    assert report["triples"] > report["addresses"] > 40
    assert everything(database) == before


@on_sqlite
def test_a_page_that_shows_and_names_what_is_hidden_is_told(bills, settings, database):
    app = create_app(settings)

    @for_clients()
    def leaky(public_id: str) -> str:
        found = office_session().scalars(select(Invoice).where(Invoice.public_id == public_id)).first()
        return "nothing" if found is None else f"bill {found.number}"

    @for_clients()
    def gossip() -> str:
        return " ".join(office_session().scalars(select(CustomerGroup.public_id)))

    @for_clients()
    def careful(public_id: str) -> str:
        return str(thing(Invoice, public_id).number)

    app.add_url_rule("/portal/leaky/<public_id>", "portal.leaky", leaky)
    app.add_url_rule("/portal/gossip", "portal.gossip", gossip)
    app.add_url_rule("/portal/careful/<public_id>", "portal.careful", careful)

    with rehearsal(database) as engine:
        report = walk_on(app, engine, 0)

    told = [f"{leak.address} {leak.what}" for leak in report.leaks]
    assert any("/portal/leaky/" in one and "shows invoice" in one for one in told)
    assert any("/portal/leaky/" in one and "names invoice" in one for one in told)
    assert any("/portal/gossip" in one and "names customer" in one for one in told)
    assert all("/portal/leaky/" in one or "/portal/gossip" in one for one in told)


@on_sqlite
def test_the_counts_are_printed(bills, database, tmp_path):
    told = type_command(environment(tmp_path / "home", database), "leaks", "--sample", "1")

    assert told.exit_code == 0 and "Nothing leaks" in told.output
    assert "triples of address, account and object" in told.output


def test_what_a_rehearsal_wrote_is_read_in_it_and_gone_afterwards(database):
    with rehearsal(database) as engine:
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE tried (number INTEGER)"))
            connection.execute(text("INSERT INTO tried VALUES (1)"))
        with engine.connect() as connection:
            connection.execute(text("INSERT INTO tried VALUES (2)"))
            connection.rollback()
        with engine.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM tried")).scalar() == 1

    assert "tried" not in everything(database)
