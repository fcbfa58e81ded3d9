"""An inbox for tests: Clara asks about her gate, and somebody whom nobody knows about a beech."""

from __future__ import annotations

import pytest

from seeds.builders import a_company, a_contact, a_group
from seeds.work_builders import a_message, a_project, a_thread, an_estimate


@pytest.fixture
def office(app, rows, clock, settings):
    """Clara asks about her gate, Sam whom nobody knows about a beech; Ann is at the desk."""
    app.extensions["sawhorse_clock"] = clock
    with rows() as session:
        a_company(session, email="office@ashworth.test", sms_sender="+447700900000", sms_on=True)
        group = a_group(session, name="The Hardings")
        clara = a_contact(session, group, email="clara@example.com", mobile="07700 900123", primary=True)
        project = a_project(session, group, title="Fell the ash")
        estimate = an_estimate(session, project)
        gate = a_thread(
            session, group, waits=True, about="estimate", about_id=estimate.id, project_id=project.id,
            subject="Estimate E-00012",
        )  # fmt: skip
        a_message(
            session, gate, contact_id=clara.id, address="clara@example.com", subject="Re: Estimate E-00012"
        )
        beech = a_thread(session, waits=True, subject="A beech fell")
        a_message(session, beech, author="Sam Stranger", address="sam@example.org", body="Can you come?")
        return {
            "gate": gate.id,
            "beech": beech.id,
            "group": group.id,
            "project": project.id,
            "clara": clara.id,
        }


@pytest.fixture
def desk(office, signed_in):
    return signed_in
