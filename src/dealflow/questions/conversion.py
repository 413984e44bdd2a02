"""Conversion: of the deals created, how many are won. Another number than the close rate."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

from dealflow.analytics.close_rates import GroupCounts
from dealflow.analytics.intervals import wilson
from dealflow.errors import UsageError
from dealflow.model import LOST, OPEN, VOID, WON
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
    """Deals that were created, by group and how they stand: of each group, and of all of them."""

    def __init__(self, groups: Mapping[Group, Counter[str]], whole: Counter[str]) -> None:
        """In `whole` a deal that is in several groups counts once."""
        self.groups, self._whole = groups, whole

    def of(self, group: Group) -> Row:
        return _row(self.groups.get(group, Counter()))

    def total(self) -> Row:
        return _row(self._whole)


def refuse(question: Question) -> None:
    """UsageError where a dimension is told of closed deals only."""
    for dimension in question.by:
        if dimension.ends:
            raise UsageError(
                f"a deal has no {dimension.name} yet when it is created",
                "leave --conversion out, or group by something else",
            )


def within(about: Scope, question: Question, labels: Labels) -> Conversion:
    """The deals created in the window of the question."""
    groups: dict[Group, Counter[str]] = defaultdict(Counter)
    for key, status, number in store.created(about, question):
        groups[labels.of(key)][status] += number
    whole: Counter[str] = Counter()
    if any(dimension.several for dimension in question.by):
        for _, status, number in store.created(about, question._replace(by=())):
            whole[status] += number
    else:
        for counts in groups.values():
            whole.update(counts)
    return Conversion(groups, whole)


def ever(groups: Mapping[Group, GroupCounts], overall: GroupCounts) -> Conversion:
    """All deals: those whose close stands and those that are open, as the close rates have them."""
    return Conversion({group: _stand(one) for group, one in groups.items()}, _stand(overall))


def _stand(counts: GroupCounts) -> Counter[str]:
    return Counter({WON: counts.won, LOST: counts.lost, VOID: counts.void, OPEN: counts.open})


def _row(counts: Counter[str]) -> Row:
    meant = counts.total() - counts[VOID]
    return counts.total(), counts[VOID], counts[WON], wilson(counts[WON], meant)
