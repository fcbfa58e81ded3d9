"""The fixtures that every test may use; they live one concept a module in `tests/fixtures/`."""

from tests.fixtures.dialects import remember_dialects

pytest_plugins = (
    "tests.fixtures.machine",
    "tests.fixtures.measured",
    "tests.fixtures.databases",
    "tests.fixtures.one_database",
    "tests.fixtures.office",
    "tests.fixtures.browser",
    "tests.fixtures.card_provider",
    "tests.fixtures.imap_server",
)

remember_dialects()
