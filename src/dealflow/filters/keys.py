"""The words that can stand before the colon: the catalogue of deals and of follow-ups."""

from __future__ import annotations

from collections.abc import Sequence

from dealflow.named import NamedTuple


class Key(NamedTuple):
    """A column, or something derived, that a filter can test. `kind` is one of FORMS."""

    name: str
    kind: str
    about: str
    choices: tuple[str, ...] = ()
    """For kind `choice` all the words there are; for `name` special ones beside none and any."""
    aliases: tuple[str, ...] = ()


FORMS = {
    "text": "part of the text",
    "words": "part of the text",
    "name": "a whole name",
    "stage": "needs, needs.., a..b, >=needs",
    "choice": "one of its words",
    "money": "100k, 10万..50万, >=1m, USD 4k",
    "currency": "CNY, USD",
    "day": "2026-07-01, fri, <eoq, 2026-Q3, this-month",
    "instant": "2026-07-01, last-90d, >=2026-07-01",
    "number": "42, 3..7, >=10",
    "percent": "50%, 0.5, >=30%",
    "days": "30, >30d, 1w..2w",
    "flag": "yes or no",
    "tag": "a whole tag",
}
"""What each kind takes, by example; all but choice take `none` and `any` as well."""

_STATUS = ("open", "won", "lost", "void", "closed", "any")
_GRADE = ("A", "B", "C", "none")
# The same words as model.ACTIVITY_KINDS, which stands above this module; a test compares them.
_ACTIVITY = (
    "call", "visit", "meeting", "email", "message", "demo", "quote", "note",
    "site_visit", "download", "event", "email_open",
    "asks_price", "asks_sample", "asks_question", "objects", "none",
)  # fmt: skip

KEYS: tuple[Key, ...] = (
    Key("id", "number", "the deal's number"),
    Key("title", "text", "the deal's title"),
    Key("account", "text", "the customer's name"),
    Key("contact", "text", "the contact's name"),
    Key("owner", "name", "the rep who owns the deal", ("me",), ("rep",)),
    Key("team", "name", "the owner's team"),
    Key("with", "name", "a rep who takes part beside the owner, or the role of one", ("me",)),
    Key("stage", "stage", "the stage it is in, or was closed in; ranges follow the pipeline"),
    Key("pipeline", "name", "the pipeline it is in"),
    Key("status", "choice", "where it stands; closed is won, lost or void", _STATUS),
    Key("value", "money", "the amount", aliases=("amount",)),
    Key("currency", "currency", "the currency of the amount"),
    Key("close", "day", "the expected close"),
    Key("created", "instant", "when it was entered"),
    Key("closed", "instant", "when it was won, lost or voided"),
    Key("since", "instant", "when it entered the stage it is in"),
    Key("grade", "choice", "how important: its own grade, else the customer's", _GRADE),
    Key("source", "name", "where it came from"),
    Key("segment", "name", "the customer's industry"),
    Key("region", "name", "the customer's region"),
    Key("product", "name", "a product on the deal"),
    Key("tag", "tag", "one of its tags"),
    Key("reason", "name", "why it was lost"),
    Key("probability", "percent", "the rep's own probability", aliases=("p",)),
    Key("age", "days", "days since it was entered"),
    Key("last", "instant", "the last contact"),
    Key("next", "day", "when the next follow-up is due"),
    Key("external", "name", "its id in the system it was imported from"),
)

FOLLOW_UP_KEYS: tuple[Key, ...] = (
    *KEYS,
    Key("for", "name", "the rep it is planned for", ("me",)),
    Key("due", "day", "the day it is due"),
    Key("kind", "choice", "what is planned", _ACTIVITY),
    Key("channel", "words", "how it is to be done", aliases=("渠道",)),
    Key("late", "days", "days overdue"),
)


def describe(keys: Sequence[Key]) -> list[tuple[str, str, str]]:
    """One row per key, for help and the reference: its names, what it takes, what it is about."""
    return [(", ".join((key.name, *key.aliases)), takes(key), key.about) for key in keys]


def takes(key: Key) -> str:
    """What can stand after the colon, by example."""
    if key.kind == "choice":
        return ", ".join(key.choices)
    return ", ".join((FORMS[key.kind], *key.choices))


def specials(key: Key) -> tuple[str, ...]:
    """The words that mean something else than themselves, when they stand without quotes."""
    if key.kind == "choice":
        return tuple(choice for choice in key.choices if choice in {"none", "any"})
    return ("none", "any", *key.choices)
