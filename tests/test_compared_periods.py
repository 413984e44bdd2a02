from datetime import date

import pytest

from dealflow.dates import ALL, Period, parse_period, previous, year_before
from dealflow.errors import UsageError

TODAY = date(2026, 7, 1)


@pytest.mark.parametrize(
    ("period", "before", "year_ago"),
    [
        ("2026-07", "2026-06", "2025-07"),
        ("2026-01", "2025-12", "2025-01"),
        ("2026-Q1", "2025-Q4", "2025-Q1"),
        ("2026", "2025", "2025"),
        ("2026-01-01..2026-06-30", "2025-H2", "2025-H1"),
        ("2026-07-02..2026-07-08", "2026-06-25..2026-07-01", "2025-07-02..2025-07-08"),
        ("2026-W28", "2026-W27", "2025-07-06..2025-07-12"),
        ("2024-02-29", "2024-02-28", "2023-02-28"),
    ],
)
def test_the_period_before_and_the_same_a_year_ago(period, before, year_ago):
    found = parse_period(period, TODAY)
    assert previous(found) == parse_period(before, TODAY)
    assert year_before(found) == parse_period(year_ago, TODAY)


def test_a_period_without_two_ends_has_none_before_it():
    for period in (ALL, Period(date(2026, 1, 1), None, "2026-01-01..")):
        for one in (previous, year_before):
            with pytest.raises(UsageError) as refused:
                one(period)
            assert (refused.value.message, refused.value.hint) == (
                "only a period with two ends can be compared with another",
                "--period this-quarter",
            )
