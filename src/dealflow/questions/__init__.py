"""Everything that shows the pipeline: one function per question, each a value from results.py.

SQL (under store/) chooses and counts; analytics judges. A question is a function of an Ask: the
database's state, the scope, and `now`. What is dated after `now` has not happened.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, tzinfo
from functools import cached_property
from typing import TYPE_CHECKING

from dealflow.frozen import Frozen
from dealflow.store.conn import Conn

if TYPE_CHECKING:
    from dealflow.dates.workdays import Calendar


class Ask(Frozen, kw_only=False):
    """What a question is asked of. `conn` is inside one read (or write) transaction."""

    conn: Conn
    now: int
    """Epoch seconds UTC; `--as-of` is nothing but another now."""
    zone: tzinfo
    """The business time zone."""
    currency: str
    """The base currency."""
    me: int | None
    """The id of the rep who asks, for `owner:me`; None when nobody is known."""
    setting: Callable[[str], str]
    """The database's setting for a key (store.database.SETTINGS)."""

    @cached_property
    def today(self) -> date:
        from dealflow.dates import day_of

        return day_of(self.now, self.zone)

    @cached_property
    def calendar(self) -> Calendar:
        """The team's working days, as the file has them now. Error: Damaged."""
        from dealflow.store.holidays import calendar

        return calendar(self.conn, self.setting("workdays"))

    def is_workday(self, day: date) -> bool:
        """As `calendar`, which is read when the first day is asked about."""
        return self.calendar(day)
