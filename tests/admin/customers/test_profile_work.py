"""Files, site inventory and the timeline of a profile [A31, A97, 16, 103, 143]."""

import io

import pytest
from PIL import Image
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.models import Attachment, AuditEntry, SiteAsset
from seeds.builders import a_group, a_task, an_asset


def picture(kind="PNG"):
    drawn = io.BytesIO()
    Image.new("RGB", (900, 600), (10, 120, 90)).save(drawn, kind)
    drawn.seek(0)
    return drawn


def upload(counter, *files):
    return counter.post("files", {"file": list(files)}, follow_redirects=True)


def test_a_picture_is_kept_shown_small_and_sent_as_attachment(counter):
    """[A97, 103]"""
    answer = upload(counter, (picture(), "Oak.png"))

    file = counter.look().scalars(select(Attachment)).one()
    assert "Oak.png added" in answer.text and (file.name, file.content_type) == ("Oak.png", "image/png")
    number = file.id
    sent = counter.get(f"files/{number}")
    assert sent.headers["Content-Disposition"].startswith("attachment") and sent.data == picture().getvalue()
    assert sent.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in sent.headers["Content-Security-Policy"]
    sent.close()
    small = counter.get(f"files/{number}/preview")
    with Image.open(io.BytesIO(small.data)) as shown:
        assert (small.mimetype, shown.size) == ("image/webp", (480, 320))
    small.close()
    counter.post(f"files/{number}/delete")
    assert counter.get(f"files/{number}").status_code == 404


def test_a_bad_upload_is_refused_by_name_and_the_good_one_is_kept(counter):
    """Issue 2, bad input: an upload named `../../x.svg`."""
    svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"

    answer = upload(counter, (io.BytesIO(svg), "../../x.svg"), (picture(), "../../y.svg"))

    assert "x.svg was not kept" in answer.text
    assert [file.name for file in counter.look().scalars(select(Attachment))] == ["y.png"]
    assert "Choose a file first" in upload(counter).text


def test_a_file_of_another_customer_is_not_found(counter):
    upload(counter, (picture(), "Oak.png"))
    file = counter.look().scalars(select(Attachment.id)).one()
    other = a_group(counter.session, name="Other").id
    counter.session.commit()

    for path in (f"files/{file}", f"files/{file}/preview", f"files/{file}/delete"):
        assert counter.get(f"/admin/customers/{other}/{path}").status_code == 404
    assert counter.get("files/99999999999999999999").status_code == 404


def test_nothing_stays_in_the_store_of_a_refused_upload(counter, settings):
    upload(counter, (io.BytesIO(b"GIF89a<script>alert(1)</script>"), "a.gif"))

    assert not [file for file in settings.files.rglob("*") if file.is_file()]


def test_the_site_inventory_asks_the_details_of_each_kind(counter):
    """[A31, 16]"""
    refused = counter.fill("site/new?kind=tree", name="Oak", **{"detail-height_m": "tall"})
    assert refused.status_code == 422 and "tall" in refused.text
    counter.fill("site/new?kind=tree", name="Oak", **{"detail-height_m": "18.5", "detail-protected": "yes"})

    oak = counter.look().scalars(select(SiteAsset)).one()
    assert oak.attributes == {"height_m": 18.5, "protected": True}
    assert "Height (m)" in counter.page("site") and 'name="detail-power_kw"' in counter.page(
        "site/new?kind=boiler"
    )
    counter.fill(f"site/{oak.id}", condition="poor", **{"detail-height_m": "19"})
    assert counter.look().get(SiteAsset, oak.id).attributes["height_m"] == 19
    counter.post(f"site/{oak.id}/delete")
    assert counter.look().scalars(select(SiteAsset)).all() == []


def test_details_that_a_file_brought_stay(counter):
    oak = an_asset(
        counter.look(), counter.group, attributes={"species": "Oak", "planted_by": "Grandfather"}
    ).id
    counter.session.commit()

    counter.fill(f"site/{oak}", **{"detail-species": "Sessile oak"})

    assert counter.look().get(SiteAsset, oak).attributes == {
        "species": "Sessile oak",
        "planted_by": "Grandfather",
    }


def test_the_timeline_tells_who_did_what_and_puts_it_back(counter):
    """[143]"""
    counter.fill("edit", name="Finch & Co")
    otto = counter.membership("Otto")
    counter.fill(f"contacts/{otto.id}/edit", phone="+44 20 7946 0000")

    page = counter.page("timeline")

    assert "Finch household" in page and "Finch &amp; Co" in page and "Ann Ashworth" in page
    assert "020 7946 0958" in page and "+44 20 7946 0000" in page  # a person's edits too
    entry = (
        counter.look()
        .scalars(
            select(AuditEntry).where(AuditEntry.entity == "CustomerGroup", AuditEntry.change == "changed")
        )
        .one()
    )
    counter.post(f"timeline/{entry.id}/restore")
    assert counter.group.name == "Finch household"


def test_a_deleted_note_comes_back_from_the_timeline(counter):
    counter.post("notes", {"body": "Gate code 12"})
    note = counter.look().scalars(select(AuditEntry).where(AuditEntry.entity == "Note")).one().entity_id
    counter.post(f"notes/{note}/remove")
    entry = counter.look().scalars(select(AuditEntry).where(AuditEntry.change == "deleted")).one()

    counter.post(f"timeline/{entry.id}/restore")

    assert "Gate code 12" in counter.page()


def test_entries_of_other_customers_are_not_restored_from_here(counter):
    a_task(counter.look(), a_group(counter.session, name="Other"), title="Theirs")
    counter.session.commit()
    entry = counter.look().scalars(select(AuditEntry).where(AuditEntry.entity == "Task")).one()

    assert counter.post(f"timeline/{entry.id}/restore").status_code == 404
    assert counter.post("timeline/99999999999999999999/restore").status_code == 404


@pytest.mark.parametrize("role", [Role.CREW, Role.ESTIMATOR, Role.ANALYST])
def test_the_timeline_is_for_the_office(counter, role):
    counter.sits_down(role)

    assert counter.get("timeline").status_code in (403, 404)
