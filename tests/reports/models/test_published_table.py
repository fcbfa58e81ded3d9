"""The README's table of published results is what the code gives today [L1]."""

from tests.reports.models.published import markdown, published


def test_ours_is_what_the_papers_print():
    """To the last decimal they print, for every figure of the table."""
    assert [row for row in published() if not row.agrees] == []


def test_the_table_has_a_line_for_each_figure():
    table = markdown()

    assert all(row.figure in table for row in published())
    assert "| what came | 1,882 |" in table
