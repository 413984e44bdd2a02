"""Conversion: of the deals created, how many are won. Another number than the close rate."""

from __future__ import annotations

from collections import Counter, defaultdict

from dealflow.analytics.intervals import wilson
from dealflow.errors import UsageError
from dealflow.model import VOID, WON
from dealflow.questions.grouping import Group, Labels
from dealflow.results import INT, MACHINE, RATE, Column, Row
from dealflow.store import close_rates as store
from dealflow.store.close_rates import Question
from dealflow.store.scope import Scope

COLUMNS = (
    Column("created", "created", INT, about="in the window, open ones too"),
    Column("created_void", "of them void", INT, MACHINE, "in no rate"),
    Column("created_won", "of them won", INT, about="so far, whenever"),
    Column("conversion", "conversion", RATE, about="won so far / (created in the window - void)"),
)
NOTE = "conversion: those still open count as not won yet, so it grows as they are decided"


class Conversion:
    """The deals created in the window, by group and how they stand."""

    def __init__(self, about: Scope, question: Question, labels: Labels) -> None:
        """UsageError where a dimension is told of closed deals only."""
        for dimension in question.by:
            if dimension.ends:
                raise UsageError(
                    f"a deal has no {dimension.name} yet when it is created",
                    "leave --conversion out, or group by something else",
                )
        self.groups: dict[Group, Counter[str]] = defaultdict(Counter)
        for key, status, number in store.created(about, question):
            self.groups[labels.of(key)][status] += number
        self._all: Counter[str] = Counter()
        for _, status, number in store.created(about, question._replace(by=())):
            self._all[status] += number

    def of(self, group: Group) -> Row:
        return _row(self.groups.get(group, Counter()))

    def total(self) -> Row:
        """Of all groups; a deal that is in several of them counts once."""
        return _row(self._all)


def _row(counts: Counter[str]) -> Row:
    meant = counts.total() - counts[VOID]
    return counts.total(), counts[VOID], counts[WON], wilson(counts[WON], meant)
