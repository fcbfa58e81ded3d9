"""Moving out: what leaves can be read back to an equal company, by anybody [43]."""

import csv

import pytest
from sqlalchemy import select

from admin_app.models import CustomerGroup, Invoice, Payment
from admin_app.models.field import Kind, Surface, fields_on
from admin_app.money import proof
from admin_app.records.importing.schema import ORDER, specs
from admin_app.records.moving_out import write_company
from tests.services.moving import Mover

FILES = {
    "groups": "external_id,name,kind,notes,created_at,brand,rating,newsletter,archived_at\n"
    'G1,=Ash Ltd,business,"line one\nline two",2022-01-19 17:11:59,north,4,yes,\n'
    "G2,\"O'Brien, 'quoted'\",team,-5,2023-05-01 08:00:00,harbour,,no,2024-01-01 00:00:00",
    "contacts": "external_id,first_name,last_name,email,phone,groups,is_primary,roles\n"
    "C1,Łukasz,Kučera,luk@ash.example,+44 20 5650059,G1;G2,1,billing;general\nC2,,佐藤,,,G2,0,",
    "addresses": "group,line1,city,postcode,country,is_billing,is_site,lat,lon,access_notes\n"
    "G1,1 Mill Street,Porto,4727,PT,1,0,41.104743,-8.494478,Ring twice\nG1,2 Mill Street,Porto,4727,PT,0,1,,,",
    "tags": "group,tag\nG1,VIP\nG2,VIP\nG2,slow payer",
    "invoices": "number,group,issued_on,due_on,currency,subtotal,discount,tax,total,status\n"
    "I1,G1,2025-01-10,2025-02-10,EUR,100.00,10.00,20.00,110.00,partial\n"
    "I2,G2,2025-01-10,2025-02-10,JPY,5000,0,0,5000,open\nI3,G1,,,EUR,9.00,0,0,9.00,draft\n"
    "I4,G1,2025-03-01,,EUR,7.00,0,0,7.00,void",
    "invoice_lines": "number,position,description,quantity,unit_price,amount\n"
    "I1,1,@work,2.5,30,75.00\nI1,2,Fee,1,25,25.00\nI3,1,Draft,1,9,9.00",
    "payments": "external_id,group,invoice,paid_on,amount,method,reference\nP1,G1,I1,2025-02-01,150.00,card,+R1\n"
    "P2,G1,I1,2025-02-12,-30.00,card,\nP3,G2,,2025-02-12,100,cash,",
}


@pytest.fixture
def other(request, tmp_path, database):
    """A second, empty company on the same kind of database."""
    kind = "sqlite_template" if database.startswith("sqlite") else "empty_postgres"
    if kind == "empty_postgres":
        from admin_app.models import migrate

        url = request.getfixturevalue("empty_postgres")
        migrate.upgrade(url)
    else:
        import shutil

        shutil.copyfile(request.getfixturevalue("sqlite_template"), tmp_path / "other.sqlite")
        url = f"sqlite:///{tmp_path / 'other.sqlite'}"
    return Mover(url, tmp_path / "other")


def files_in(folder):
    return {name: (folder / name).read_text(encoding="utf-8") for name in ORDER}


def test_an_export_is_read_back_to_an_equal_company(move, other, tmp_path):
    move(**FILES)
    write_out(move.database, tmp_path / "first")

    outcome = other(tmp_path / "first")
    write_out(other.database, tmp_path / "second")

    assert not outcome.refused
    assert files_in(tmp_path / "first") == files_in(tmp_path / "second")


def write_out(database, folder):
    from admin_app.kernel.actor import SYSTEM
    from admin_app.models.base import OfficeSession
    from admin_app.models.engine import open_engine

    engine = open_engine(database)
    with OfficeSession(engine, info={"actor": SYSTEM}) as session:
        write_company(session, folder)
        assert all(found.holds for found in proof.prove(session))
    engine.dispose()


def test_what_is_used_given_back_and_left_over_survives_the_way(move, other, tmp_path):
    move(**FILES)
    write_out(move.database, tmp_path / "first")
    other(tmp_path / "first")

    from sqlalchemy import create_engine

    engine = create_engine(other.database)
    with engine.connect() as connection:
        balances = dict(connection.execute(select(Invoice.number, Invoice.balance)).all())
        left = dict(connection.execute(select(Payment.external_id, Payment.unallocated)).all())
    engine.dispose()
    assert balances == {"I1": 3000, "I2": 5000, None: 0, "I4": 0}
    assert left == {"P1": 4000, "P3": 100}


def test_no_text_cell_begins_like_a_formula(move, tmp_path):
    move(**FILES)
    write_out(move.database, tmp_path / "out")

    with (tmp_path / "out" / "groups.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == ["'=Ash Ltd", "O'Brien, 'quoted'"]
    assert rows[1]["notes"] == "'-5"


def test_every_declared_field_leaves(move, tmp_path):
    move(**FILES)
    write_out(move.database, tmp_path / "out")

    for spec in specs():
        header = (tmp_path / "out" / spec.name).read_text(encoding="utf-8").splitlines()[0].split(",")
        declared = {
            bound.key
            for bound in fields_on(spec.entity, Surface.EXPORT)
            if bound.kind not in (Kind.LINKS, Kind.CHILDREN, Kind.LINK)
        }
        said_otherwise = {"name", "net"}  # a tag is its word, a line's net is its amount
        assert declared - said_otherwise <= set(header) | said_otherwise


def test_records_made_here_leave_with_a_number_of_their_own(move, rows, other, tmp_path):
    with rows() as session:
        session.add(CustomerGroup(name="Made here"))
    write_out(move.database, tmp_path / "first")

    other(tmp_path / "first")
    again = move(tmp_path / "first")

    assert again.tallies["groups.csv"].created == 0
    write_out(other.database, tmp_path / "second")
    assert files_in(tmp_path / "first") == files_in(tmp_path / "second")
