"""The rules say the same on both databases; the walks and removals, which repeat, stand on the first alone [114]."""

from itertools import islice
from pathlib import Path

from sqlalchemy import select

from admin_app.kernel.clock import Clock
from admin_app.models.base import OfficeSession
from admin_app.models.engine import open_engine
from admin_app.policy import CLIENT_RULES
from tests.fixtures.office import rows_at
from tests.portal.isolation.compare import Comparison
from tests.portal.isolation.conftest import keeper
from tests.portal.isolation.world import write


def test_the_policy_shows_on_postgresql_what_the_slow_rule_shows(
    postgres_database: str, clock: Clock, tmp_path: Path
) -> None:
    with rows_at(postgres_database, clock) as rows:
        write(rows, clock, keeper(tmp_path))
    engine = open_engine(postgres_database)
    with OfficeSession(engine) as session:
        assert session.scalar(select(1)) == 1
        compared = Comparison(session)
        assert list(islice(compared.doors(), 20)) == []
        assert list(islice(compared.differences(*CLIENT_RULES), 20)) == []
    engine.dispose()
