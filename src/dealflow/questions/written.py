"""What a change wrote, read back: the rows with these ids, as their list shows them."""

from __future__ import annotations

from collections.abc import Sequence

from dealflow.model import FIELD_OWNERS
from dealflow.questions import Ask
from dealflow.questions.columns import WRITTEN
from dealflow.questions.customfields import widened
from dealflow.questions.shaping import shaped
from dealflow.results import Column, Row
from dealflow.store import lists


def written(ask: Ask, what: str, ids: Sequence[int]) -> tuple[tuple[Column, ...], Sequence[Row]]:
    """Columns and rows of the table `what`, in the order of `ids`; ids that are gone are left out.

    The rows are the present ones, whatever `ask.now`: a change has just been made.
    """
    columns = WRITTEN[what]
    rows = shaped(columns, lists.written(ask.conn, what, ids, ask.now))
    if what in FIELD_OWNERS:
        return widened(ask, what, (columns, rows), present=True)
    return columns, rows
