"""A filter as SQL: every key of deals has its expression here, every value is bound.

Aliases: `o` the opportunity, `a` its account, `c` its contact, `r` its owner, `f` a follow-up.
What is chosen of customers and contacts has its expressions in store/choosing.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta, tzinfo
from typing import Any, cast

from dealflow.customfields import MARK
from dealflow.dates import day_of, start_of
from dealflow.errors import UnknownWord
from dealflow.filters import ANY, ME, NONE, Between, Condition, Filter, Is, Key, Test
from dealflow.filters.keys import FOLLOW_UP_KEYS, KEYS
from dealflow.money import Money
from dealflow.named import NamedTuple
from dealflow.store import customfields
from dealflow.store.names import Names
from dealflow.text import fold

GRADE = "coalesce(o.grade, a.grade)"
SOURCE = "coalesce(o.source, a.source)"
#: why a deal that is lost was lost
REASON = """CASE WHEN o.status = 'lost' THEN (SELECT x.reason_id FROM visit x
    WHERE x.opportunity_id = o.id AND x.entered_at <= :now ORDER BY x.seq DESC LIMIT 1) END"""

#: what a key is compared with
_VALUES: dict[str, str] = {
    "id": "o.id",
    "title": "o.folded",
    "account": "a.folded",
    "contact": "c.folded",
    "owner": "o.owner_id",
    "team": "r.team",
    "stage": "o.stage_id",
    "pipeline": "o.pipeline_id",
    "status": "o.status",
    "value": "o.amount",
    "currency": "o.currency",
    "close": "o.expected_close",
    "created": "o.created_at",
    "closed": "o.closed_at",
    "since": "o.stage_since",
    "grade": GRADE,
    "source": SOURCE,
    "segment": "a.segment",
    "region": "a.region",
    "reason": f"({REASON})",
    "probability": "o.probability",
    "age": "o.created_at",
    "last": "o.last_contact_at",
    "next": "o.next_late_at",
    "external": "o.external_id",
    "for": "f.rep_id",
    "due": "f.due_day",
    "kind": "f.kind",
    "channel": "f.channel",
    "late": "f.due_day",
    "product": "(SELECT min(l.product_id) FROM {line} l WHERE l.opportunity_id = o.id)",
    "tag": "nullif(o.tags, '[]')",
    "with": "(SELECT min(x.rep_id) FROM {participant} x WHERE x.opportunity_id = o.id)",
}
_PRODUCTS = "EXISTS (SELECT 1 FROM {{line}} l WHERE l.opportunity_id = o.id AND l.product_id IN {})"
_WITH = "EXISTS (SELECT 1 FROM {{participant}} x WHERE x.opportunity_id = o.id AND ({}))"
_TAG = "EXISTS (SELECT 1 FROM json_each(o.tags) t WHERE lower(t.value) = lower({}))"
_TEXT = "o.folded || '\n' || coalesce(a.folded, '') || '\n' || coalesce(c.folded, '')"

#: keys whose values are names that are looked up, so that an unknown one is an error
_NAMED = frozenset(
    ("owner", "was", "team", "pipeline", "source", "segment", "region", "reason", "for")
)
_OF_FOLLOW_UPS = frozenset(key.name for key in FOLLOW_UP_KEYS[len(KEYS) :])


class Subject(NamedTuple):
    """What is chosen: what its keys are compared with, and the text that bare words search."""

    values: Mapping[str, str]
    text: str


DEALS = Subject(_VALUES, _TEXT)


@dataclass
class Compiled:
    """Tests that are joined by and: of deals, and of follow-ups; `values` are bound to them."""

    deals: list[str] = field(default_factory=list)
    follow_ups: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)


def compiled(chosen: Filter, names: Names, zone: tzinfo, subject: Subject = DEALS) -> Compiled:
    """The filter as SQL. Errors: NotFound, BadFilter for names; UnknownActor for `me`."""
    return _Compiler(names, zone, subject).run(chosen)


class _Compiler:
    def __init__(self, names: Names, zone: tzinfo, subject: Subject) -> None:
        self.subject = subject
        self.names = names
        self.zone = zone
        self.today = day_of(names.now, zone)
        self.result = Compiled()

    def run(self, chosen: Filter) -> Compiled:
        for condition in chosen.conditions:
            of_plans = condition.key.name in _OF_FOLLOW_UPS
            tests = self.result.follow_ups if of_plans else self.result.deals
            tests.append(self._condition(condition))
        text = self.subject.text
        for word in chosen.words:
            self.result.deals.append(f"instr({text}, {self._bind(word)}) > 0")
        for word in chosen.words_not:
            self.result.deals.append(f"instr({text}, {self._bind(word)}) = 0")
        return self.result

    def _bind(self, value: Any) -> str:
        name = f"filter{len(self.result.values)}"
        self.result.values[name] = value.isoformat() if isinstance(value, date) else value
        return f":{name}"

    def _one_of(self, values: Iterable[Any]) -> str:
        return f"({', '.join(self._bind(value) for value in values)})"

    def _condition(self, condition: Condition) -> str:
        tests = " OR ".join(self._test(condition.key, test) for test in condition.tests)
        return f"NOT coalesce(({tests}), FALSE)" if condition.negated else f"({tests})"

    def _test(self, key: Key, test: Test) -> str:
        value = self._value(key)
        if test is NONE:
            return f"{value} IS NULL"
        if test is ANY:
            return f"{value} IS NOT NULL"
        if test is ME and key.name == "with":
            return _WITH.format(f"x.rep_id = {self._bind(self.names.actor())}")
        if test is ME:
            return f"{value} = {self._bind(self.names.actor())}"
        special = _Compiler.custom if key.name.startswith(MARK) else _SPECIAL.get(key.name)
        if special:
            return special(self, key, cast("Is | Between", test))
        if isinstance(test, Is):
            return self._is(key, value, test)
        return self._between(value, cast("Between", test))

    def _value(self, key: Key) -> str:
        if key.name.startswith(MARK):
            _, path = customfields.kept(key.name, "")
            return customfields.kept(key.name, self._bind(path))[0]
        if key.name not in self.subject.values:
            raise UnknownWord("filter key", key.name, list(self.subject.values))
        return self.subject.values[key.name]

    def _is(self, key: Key, value: str, test: Is) -> str:
        if key.name in _NAMED:
            return f"{value} IN {self._one_of(self.names.values(key.name, str(test.value)))}"
        if key.kind == "text":
            if key.name == "account":
                self.names.customer(str(test.value))
            return f"instr({value}, {self._bind(test.value)}) > 0"
        if key.kind == "words":
            return self._holds(value, str(test.value))
        return f"{value} = {self._bind(test.value)}"

    def _holds(self, text: str, part: str) -> str:
        """Whether a text that is not kept folded holds the part, in any case."""
        typed, folded = self._bind(part), self._bind(fold(part))
        return f"(instr({text}, {typed}) > 0 OR instr(lower({text}), {folded}) > 0)"

    def _between(self, value: str, ends: Between) -> str:
        tests = []
        if ends.low is not None:
            tests.append(f"{value} >{'=' * (not ends.low_open)} {self._bind(ends.low)}")
        if ends.high is not None:
            tests.append(f"{value} <{'=' * (not ends.high_open)} {self._bind(ends.high)}")
        return f"({' AND '.join(tests)})" if tests else f"{value} IS NOT NULL"

    # ── keys that are compared in their own way ──────────────────────────────────────────────

    def status(self, key: Key, test: Is | Between) -> str:
        word = str(cast("Is", test).value)
        if word == "closed":
            return "o.status <> 'open'"
        # A literal from the closed list of choices, so that partial indexes apply.
        return f"o.status = '{next(known for known in key.choices if known == word)}'"

    def stage(self, key: Key, test: Is | Between) -> str:
        if isinstance(test, Is):
            found = self.names.stages(str(test.value))
        else:
            found = self.names.stage_range(test)
        return f"{self._value(key)} IN {self._one_of(found)}"

    def product(self, key: Key, test: Is | Between) -> str:
        found = self.names.values(key.name, str(cast("Is", test).value))
        return _PRODUCTS.format(self._one_of(found))

    def taking_part(self, _: Key, test: Is | Between) -> str:
        reps, roles = self.names.taking_part(str(cast("Is", test).value))
        tests = [f"x.rep_id IN {self._one_of(reps)}"] if reps else []
        tests += [f"x.role IN {self._one_of(roles)}"] if roles else []
        return _WITH.format(" OR ".join(tests))

    def tag(self, _: Key, test: Is | Between) -> str:
        return _TAG.format(self._bind(cast("Is", test).value))

    def money(self, key: Key, test: Is | Between) -> str:
        """Amounts of one currency only: those of another are neither more nor less."""
        return self._worth("o.currency", self._value(key), test)

    def _worth(self, code: str, amount: str, test: Is | Between) -> str:
        if isinstance(test, Is):
            told = cast("Money", test.value)
            compared = f"{amount} = {self._bind(told.minor)}"
            return f"({code} = {self._bind(told.currency)} AND {compared})"
        low, high = cast("Money | None", test.low), cast("Money | None", test.high)
        named = low or high
        if named is None:
            return f"{amount} IS NOT NULL"
        minor = test._replace(low=low and low.minor, high=high and high.minor)
        compared = self._between(amount, minor)
        return f"({code} = {self._bind(named.currency)} AND {compared})"

    def custom(self, key: Key, test: Is | Between) -> str:
        """Custom fields, which are kept as text: read as what their kind is."""
        text = self._value(key)
        match key.kind:
            case "words":
                return self._holds(text, str(cast("Is", test).value))
            case "money":
                return self._worth(customfields.currency(text), customfields.as_minor(text), test)
            case "flag":
                test = Is("yes" if cast("Is", test).value else "no")
            case "number":
                text = customfields.as_number(text)
            case "day":
                text = f"CASE WHEN {text} LIKE '____-__-__' THEN {text} END"
        if isinstance(test, Is):
            return f"{text} = {self._bind(test.value)}"
        return self._between(text, test)

    def age(self, key: Key, test: Is | Between) -> str:
        """Calendar days since: at least so many means created before so early a day was over."""
        least, most = _whole_days(test)
        low = None if most is None else start_of(self.today - timedelta(days=most), self.zone)
        high = None
        if least is not None:
            high = start_of(self.today - timedelta(days=least - 1), self.zone)
        return self._between(self._value(key), Between(low, high, high_open=True))

    def late(self, key: Key, test: Is | Between) -> str:
        """Calendar days since the day it was due; what is not late is 0 days late."""
        least, most = _whole_days(test)
        high = None if not least else self.today - timedelta(days=least)
        low = None if most is None else self.today - timedelta(days=most)
        return self._between(self._value(key), Between(low, high))

    def next_due(self, key: Key, test: Is | Between) -> str:
        """The day the next plan is due: it is late right after that day, or that instant."""
        ends = cast("Between", test)
        low, high = (
            None if end is None else start_of(cast("date", end), self.zone)
            for end in (ends.low, ends.high)
        )
        return self._between(f"({self._value(key)} - 1)", Between(low, high, high_open=True))


def _whole_days(test: Is | Between) -> tuple[int | None, int | None]:
    """The least and the most whole days that pass."""
    if isinstance(test, Is):
        return cast("int", test.value), cast("int", test.value)
    least, most = cast("int | None", test.low), cast("int | None", test.high)
    return (
        None if least is None else least + test.low_open,
        None if most is None else most - test.high_open,
    )


_SPECIAL: dict[str, Callable[[_Compiler, Key, Is | Between], str]] = {
    "status": _Compiler.status,
    "stage": _Compiler.stage,
    "product": _Compiler.product,
    "tag": _Compiler.tag,
    "with": _Compiler.taking_part,
    "value": _Compiler.money,
    "age": _Compiler.age,
    "late": _Compiler.late,
    "next": _Compiler.next_due,
}
