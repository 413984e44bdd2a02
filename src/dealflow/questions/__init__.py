"""Everything that shows the pipeline: one function per question, each a value from results.py.

SQL (under store/) chooses and counts; analytics judges. A question is a function of an Ask: the
database's state, the scope, and `now`. What is dated after `now` has not happened.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, tzinfo

from dealflow.frozen import Frozen
from dealflow.store.conn import Conn


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

    @property
    def today(self) -> date:
        from dealflow.dates import day_of

        return day_of(self.now, self.zone)
