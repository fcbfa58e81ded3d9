"""Files at the desk: versions, what the client sees, names, photos, several at once [A97, 103, 104]."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.models import Attachment
from seeds.builders import a_group
from seeds.work_builders import a_project


def words(text: str, name: str = "Plan.txt"):
    return io.BytesIO(text.encode()), name


def picture(name: str = "Oak.png"):
    drawn = io.BytesIO()
    Image.new("RGB", (60, 40), (10, 120, 90)).save(drawn, "PNG")
    drawn.seek(0)
    return drawn, name


def files(counter) -> list[Attachment]:
    return list(counter.look().scalars(select(Attachment).order_by(Attachment.id)))


@pytest.fixture
def plan(counter):
    """A file in two versions of which the client sees the first; the ids of both."""
    counter.post("files", {"file": words("one")})
    first = files(counter)[0].id
    counter.post(f"files/{first}/share", {"shared": "on"})
    counter.post(f"files/{first}/versions", {"file": words("two", "scan.txt")})
    return first, files(counter)[1].id


def test_the_list_shows_the_newest_version_and_says_which_the_client_sees(counter, plan):
    """[103, 104]"""
    first, second = plan

    page = counter.page("files")

    assert f"files/{second}/versions" in page and f"files/{first}/versions" not in page
    assert "Version 2 of 2" in page and "Client sees version 1" in page
    history = counter.page(f"files/{first}/versions")
    assert "The client sees version 1; version 2 is newer and not shared." in history
    for number, text in ((first, b"one"), (second, b"two")):
        sent = counter.get(f"files/{number}")
        assert sent.data == text and f"files/{number}" in history
        sent.close()


def test_sharing_the_new_version_takes_the_old_one_back(counter, plan):
    """[104]"""
    first, second = plan

    said = counter.post(f"files/{second}/share", {"shared": "on"}, follow_redirects=True).text

    assert "The client sees version 2 of Plan.txt" in said
    assert [(one.id, one.shared) for one in files(counter)] == [(first, False), (second, True)]
    counter.post(f"files/{second}/share")
    assert "The client sees no version of it" in counter.page(f"files/{second}/versions")


def test_a_version_or_the_whole_file_is_deleted_after_what_goes_was_said(counter, plan):
    first, second = plan
    assert "The client sees version 1, and then none" in counter.page(f"files/{first}/delete")
    assert "with all its 2 versions" in counter.page(f"files/{second}/delete?whole=1")

    counter.post(f"files/{first}/delete")
    assert [one.id for one in files(counter)] == [second]
    counter.post(f"files/{second}/delete?whole=1")
    assert files(counter) == []


def test_a_file_is_renamed_and_nonsense_is_refused(counter, plan):
    _, second = plan

    said = counter.post(f"files/{second}/name", {"name": "Site plan"}, follow_redirects=True).text
    refused = counter.post(f"files/{second}/name", {"name": " "}, follow_redirects=True).text

    assert "Site plan.txt" in said and "Give the file a name" in refused
    assert {one.name for one in files(counter)} == {"Site plan.txt"}


def test_a_version_that_is_refused_changes_nothing(counter, plan):
    _, second = plan
    svg = (io.BytesIO(b"<svg onload='alert(1)'/>"), "x.svg")

    for upload, reason in ((svg, "not kept"), (words("two"), "version 2 once more")):
        answer = counter.post(f"files/{second}/versions", {"file": upload}, follow_redirects=True)
        assert reason in answer.text
    assert "Choose a file first" in counter.post(f"files/{second}/versions", follow_redirects=True).text
    assert len(files(counter)) == 2


def test_the_script_hears_file_by_file_what_became_of_it(counter):
    """[103] several at once, each refusal beside its file."""
    asks = {"headers": {"Accept": "application/json"}}

    kept = counter.post("files", {"file": words("one")}, **asks)
    refused = counter.post("files", {"file": (io.BytesIO(b"<html>"), "a.html")}, **asks)
    number = files(counter)[0].id
    version = counter.post(f"files/{number}/versions", {"file": words("two")}, **asks)
    again = counter.post(f"files/{number}/versions", {"file": words("two")}, **asks)

    assert (kept.status_code, kept.json) == (200, {"kept": ["Plan.txt"], "refused": []})
    assert refused.status_code == 422 and refused.json["refused"][0].startswith("a.html was not kept")
    assert version.json["kept"] == ["Version 2 of Plan.txt added."] and again.status_code == 422
    assert "Plan.txt added" not in counter.page("files")  # nothing is said twice


def test_photos_are_shown_large_and_alone(counter):
    counter.post("files", {"file": [picture(), words("one")]})

    page = counter.page("files?view=photos")

    assert 'alt="Oak.png"' in page and "Plan.txt" not in page
    assert "Plan.txt" in counter.page("files")


def test_files_of_a_project_have_versions_there_too(counter):
    group = counter.group
    project = a_project(counter.session, group).id
    counter.session.commit()
    counter.post("files", {"file": words("one"), "project": str(project)})
    number = files(counter)[0].id
    counter.post(f"files/{number}/versions", {"file": words("two")})

    page = counter.page(f"/admin/projects/{project}/files")

    assert "Version 2 of 2" in page and files(counter)[1].project_id == project


def test_files_of_another_customer_are_not_found(counter, plan):
    first, _ = plan
    other = a_group(counter.look(), name="Other").id
    counter.session.commit()
    home = f"/admin/customers/{other}/files/{first}"

    assert counter.get(f"{home}/versions").status_code == 404
    for act in ("versions", "share", "name", "delete"):
        assert counter.post(f"{home}/{act}", {"file": words("three")}).status_code == 404


def test_the_analyst_reads_versions_and_changes_none(counter, plan):
    _, second = plan
    counter.sits_down(Role.ANALYST)

    assert "Version 1" in counter.page(f"files/{second}/versions")
    for act in ("versions", "share", "name", "delete"):
        assert counter.post(f"files/{second}/{act}").status_code == 403
