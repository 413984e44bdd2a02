"""The words that people type, with what the program makes of each: parts of the reference."""
# ruff: noqa: INP001 a script, beside docs/generate.py

from __future__ import annotations

from sample import NOW, ZONE
from tables import code, plain, table

from dealflow import requirements
from dealflow.dates import day_of, parse_period, parse_when
from dealflow.filters import FOLLOW_UP_KEYS, KEYS, describe
from dealflow.filters.records import ACCOUNT_KEYS, CONTACT_KEYS
from dealflow.interchange.fields import KINDS
from dealflow.model import BEHAVIOUR_KINDS, CONTACT_KINDS, FEEDBACK_KINDS
from dealflow.money import Money, parse, shown
from dealflow.output.cells import minute
from dealflow.store.dimensions import DIMENSIONS

_DATES = (
    "2026-08-14", "today", "tomorrow", "fri", "next fri", "+3d", "-2w", "+3wd", "3d", "1 week ago",
    "eow", "eom", "eoq", "eoy", "end of next month", "jul 14", "14 July 2026", "14:30", "9am",
    "tomorrow 15:00", "+2h", "now", "明天", "后天", "下周五", "月底", "3天后", "两周后", "8月1日",
    "明天下午3点半", "2026-07-01T09:00+08:00",
)  # fmt: skip
_PERIODS = (
    "2026", "2026-Q3", "Q3", "2026-07", "2026-W28", "2026-07-15", "this-month", "last-month",
    "last-quarter", "this-year", "last-90d", "next-30d", "last-6m", "mtd", "qtd", "ytd",
    "2026-01-15..2026-03-31", "2026-Q1..2026-Q2", "..2026-06-30", "本月", "上个月", "去年",
    "近90天", "all",
)  # fmt: skip
_AMOUNTS = (
    "12500", "12,500.50", "12.5k", "1.2m", "12.5万", "1.2亿", "¥3,000", "$3,000", "USD 4,000",
    "4000 EUR", "３万元",
)  # fmt: skip


def dates() -> str:
    """What each form means; for the two directions see the text."""

    def told(text: str, *, past: bool) -> str:
        found = parse_when(text, NOW, ZONE, past=past)
        return minute(found, ZONE) if isinstance(found, int) else f"{found:%a %Y-%m-%d}"

    rows = [(code(d), told(d, past=False), told(d, past=True)) for d in _DATES]
    return table(("typed", "when planning", "when looking back"), rows)


def periods() -> str:
    def told(text: str) -> tuple[str, str]:
        found = parse_period(text, day_of(NOW, ZONE))
        last = found.end and day_of(NOW, ZONE).fromordinal(found.end.toordinal() - 1)
        return str(found.start or "–"), str(last or "–")

    return table(("typed", "first day", "last day"), [(code(p), *told(p)) for p in _PERIODS])


def amounts() -> str:
    def told(amount: Money) -> str:
        return f"{shown(amount)} ({amount.currency})"

    rows = [(code(a), told(parse(a, "CNY")), told(parse(a, "USD"))) for a in _AMOUNTS]
    return table(("typed", "where the base currency is CNY", "where it is USD"), rows)


def filter_keys() -> str:
    rows = [(code(names), plain(takes), about) for names, takes, about in describe(KEYS)]
    return table(("key", "takes", "about"), rows)


def follow_up_keys() -> str:
    more = describe(FOLLOW_UP_KEYS[len(KEYS) :])
    rows = [(code(names), plain(takes), about) for names, takes, about in more]
    return table(("key", "takes", "about"), rows)


def account_keys() -> str:
    rows = [(code(names), plain(takes), about) for names, takes, about in describe(ACCOUNT_KEYS)]
    return table(("key", "takes", "about"), rows)


def contact_keys() -> str:
    rows = [(code(names), plain(takes), about) for names, takes, about in describe(CONTACT_KEYS)]
    return table(("key", "takes", "about"), rows)


def asked_for() -> str:
    """The words of the requirement language."""
    forms = [
        *requirements.FACTS,
        "field:need",
        *(f"{kind} >= 1" for kind in requirements.NOUNS),
        "demo >= 2 within 30d",
        "contact_made within 14d",
        "objects < 1 within 30d",
        "call:reached >= 1",
        "call:left_a_message <= 3",
        "contact:decides",
        "amount >= 100k",
        "field:seats >= 50",
        "field:budget >= USD 4,000",
        "field:start <= 2026-09-01",
        "field:need = ERP",
        'field:need != "search and rescue"',
        "age >= 3d",
        "age in stage >= 7d",
        "call >= 1 or visit >= 1",
        "demo >= 1 and amount >= 100k",
    ]
    parsed = [requirements.parse_requirement(form) for form in forms]
    rows = [
        (code(form), requirements.explain(req), code(requirements.remedy(req, 42)))
        for form, req in zip(forms, parsed, strict=True)
    ]
    return table(("written", "asks for", "what closes the gap"), rows)


def activity_kinds() -> str:
    rows = [
        ("contact: both sides took part, or we sent it; resets the cadence", CONTACT_KINDS),
        ("a remark", ("note",)),
        ("behaviour 客户行为", BEHAVIOUR_KINDS),
        ("feedback 客户反馈", FEEDBACK_KINDS),
    ]
    told = [(name, ", ".join(code(kind) for kind in group)) for name, group in rows]
    return table(("", "kinds"), told)


def dimensions() -> str:
    rows = [(code(one.name), one.about or one.label) for one in DIMENSIONS.values()]
    return table(("dimension", "groups"), rows)


def import_fields() -> str:
    """What an import can fill, and the headings that are known without being told."""
    parts = []
    for kind in KINDS:
        rows = [
            (code(f.name), ", ".join(code(word) for word in f.aliases.split())) for f in kind.fields
        ]
        parts.append(f"**{kind.name}**\n\n{table(('field', 'headings, besides its name'), rows)}")
    return "\n".join(parts)
