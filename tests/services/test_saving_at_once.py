"""Two people save one record in the same moment: the second waits, then merges or is shown both versions [144, 145]."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

from sqlalchemy import select

from admin_app.models import AuditEntry, Change, CustomerGroup, Membership
from admin_app.models.base import OfficeSession
from admin_app.models.engine import open_engine, writing
from admin_app.services.save_record import EditConflict, base_of, update
from admin_app.services.star_contact import star_contact
from seeds.builders import a_contact, a_group


def at_once(database, clock, actor, *acts):
    """Run each act in a session and transaction of its own, all starting together; what each returned or raised."""
    engine = open_engine(database)
    start = Barrier(len(acts))

    def run(number, act):
        with writing(), OfficeSession(engine, expire_on_commit=False) as session:
            session.info.update(actor=replace(actor, name=f"Person {number}"), clock=clock, door="test")
            start.wait()
            try:
                done = act(session)
                session.commit()
            except Exception as refusal:
                session.rollback()
                return refusal
            return done

    with ThreadPoolExecutor(len(acts)) as pool:
        results = [pool.submit(run, number, act) for number, act in enumerate(acts)]
        told = [result.result() for result in results]
    engine.dispose()
    return told


def test_fields_that_do_not_overlap_are_all_kept(session, database, clock, ann):
    group = a_group(session, name="Finch")
    base, group_id = base_of(group), group.id
    session.commit()
    changes = (
        {"rating": 4},
        {"notes": "Beware of the dog"},
        {"description": "Two houses"},
        {"newsletter": True},
    )

    at_once(
        database,
        clock,
        ann,
        *(lambda s, c=change: update(s, CustomerGroup, group_id, c, ann, base=base) for change in changes),
    )

    session.refresh(group)
    assert (group.rating, group.notes, group.description, group.newsletter) == (
        4, "Beware of the dog", "Two houses", True,
    )  # fmt: skip
    assert group.version == 5


def test_of_many_who_change_one_field_one_wins_and_the_others_see_it(session, database, clock, ann):
    group = a_group(session, name="Finch")
    base, group_id = base_of(group), group.id
    session.commit()

    told = at_once(
        database,
        clock,
        ann,
        *(
            lambda s, n=number: update(s, CustomerGroup, group_id, {"name": f"Name {n}"}, ann, base=base)
            for number in range(5)
        ),
    )

    conflicts = [answer for answer in told if isinstance(answer, EditConflict)]
    assert len(conflicts) == 4
    session.refresh(group)
    assert {conflict.overlaps[0].theirs for conflict in conflicts} == {group.name}
    edits = select(AuditEntry).where(
        AuditEntry.change == Change.CHANGED, AuditEntry.entity == "CustomerGroup"
    )
    assert len(session.scalars(edits).all()) == 1


def test_stars_given_at_once_leave_exactly_one(session, database, clock, ann):
    group = a_group(session)
    contact_ids = [a_contact(session, group, first_name=f"Number {number}").id for number in range(4)]
    group_id = group.id
    session.commit()

    at_once(
        database,
        clock,
        ann,
        *(lambda s, c=contact: star_contact(s, group_id, c, ann) for contact in contact_ids),
    )

    starred = session.scalars(
        select(Membership.id).where(Membership.group_id == group_id, Membership.is_primary)
    )
    assert len(starred.all()) == 1
