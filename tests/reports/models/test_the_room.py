"""The room opens without its furniture: a page without a model pays for neither scipy nor pandas."""

import subprocess
import sys

import pytest

import reports.models


def test_importing_the_room_loads_no_scipy():
    program = "import sys, reports.models; print(sorted({'scipy', 'pandas', 'numpy'} & set(sys.modules)))"

    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "[]"


def test_wilsons_interval_and_the_curve_come_without_scipy():
    """Charts of shares and curves are on every page."""
    program = (
        "import sys; from reports.models import wilson, kaplan_meier;"
        "wilson(8, 10), kaplan_meier([1, 2], [1, 0]); print('scipy' in sys.modules)"
    )

    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "False"


@pytest.mark.parametrize("name", reports.models.__all__)
def test_every_name_the_room_offers_is_there_and_says_what_it_is(name):
    thing = getattr(reports.models, name)

    assert not callable(thing) or thing.__doc__


def test_a_name_it_does_not_offer_is_no_attribute():
    with pytest.raises(AttributeError, match="no attribute 'crystal_ball'"):
        getattr(reports.models, "crystal_ball")  # noqa: B009
