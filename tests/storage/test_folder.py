"""Files are kept whole under keys that cannot lead out of their folder."""

import hashlib
from io import BytesIO

import pytest

from admin_app.kernel.errors import Invalid, NotFound
from admin_app.storage.folder import FolderStorage


@pytest.fixture
def storage(tmp_path):
    return FolderStorage(tmp_path / "files")


def test_what_is_stored_comes_back_byte_for_byte(storage):
    content = bytes(range(256)) * 10_000

    stored = storage.store(BytesIO(content), limit=10_000_000)

    with storage.open(stored.key) as file:
        assert file.read() == content
    assert (stored.size, stored.sha256) == (len(content), hashlib.sha256(content).hexdigest())


def test_a_file_over_the_limit_is_refused_and_leaves_nothing(storage):
    with pytest.raises(Invalid, match="larger than 1 MB"):
        storage.store(BytesIO(b"x" * 1_000_001), limit=1_000_000)

    assert not [path for path in storage.folder.rglob("*") if path.is_file()]


def test_a_file_that_breaks_off_leaves_nothing(storage):
    class BrokenLine(BytesIO):
        def read(self, size=-1):
            raise ConnectionError("the line broke")

    with pytest.raises(ConnectionError):
        storage.store(BrokenLine(), limit=10)

    assert not [path for path in storage.folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("key", ["../secret_key", "/etc/passwd", "ab/../../x", "", "ab/" + "0" * 29, "AB/" + "0" * 30])
def test_a_key_that_was_never_given_is_not_found(storage, key):
    with pytest.raises(NotFound):
        storage.open(key)


def test_two_files_with_the_same_content_are_two_files(storage):
    first, second = (storage.store(BytesIO(b"same"), limit=10) for _ in range(2))

    storage.remove(first.key)

    assert list(storage.stored_keys()) == [second.key]
    with pytest.raises(NotFound):
        storage.open(first.key)


def test_removing_what_is_gone_is_fine(storage):
    stored = storage.store(BytesIO(b"x"), limit=10)

    storage.remove(stored.key)
    storage.remove(stored.key)

    assert list(storage.stored_keys()) == []


def test_the_time_of_storing_is_known(storage):
    stored = storage.store(BytesIO(b"x"), limit=10)

    assert storage.stored_at(stored.key).utcoffset().total_seconds() == 0
    with pytest.raises(NotFound):
        storage.stored_at("00/" + "0" * 30)
