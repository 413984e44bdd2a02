"""The columns of every list, declared once: tables, JSON, CSV and the reference derive from them.

The first column of kind ID holds what the commands take to name the record.
"""

from __future__ import annotations

from collections.abc import Mapping

from dealflow.results import (
    BOOL,
    DAY,
    DUE,
    ID,
    INSTANT,
    INT,
    LIST,
    MACHINE,
    MONEY,
    NUMBER,
    TEXT,
    Column,
)

VERSION = Column("version", "version", INT, MACHINE, "counts the edits; for --if-version")
#: of records that no command takes --if-version for
EDITS = Column("version", "version", INT, MACHINE, "counts the edits")
CURRENCY = Column("currency", "currency", TEXT, MACHINE, "ISO 4217, of the amount")

DEALS = (
    Column("id", "deal", ID),
    Column("title", "title"),
    Column("account", "customer"),
    Column("stage", "stage", TEXT, MACHINE, "key of the stage it is in, or was closed in"),
    Column("stage_name", "stage", about="its name"),
    Column("status", "status", TEXT, MACHINE, "open, won, lost or void"),
    Column("owner", "owner", about="handle of the rep"),
    Column("amount", "amount", MONEY),
    CURRENCY,
    Column("probability", "probability", NUMBER, MACHINE, "the rep's own, 0 to 1"),
    Column("close", "close", DAY, about="the expected close"),
    Column("grade", "grade", about="its own, else the customer's"),
    Column("next", "next", DUE, about="when its next follow-up is due"),
    Column("days_in_stage", "days", INT, about="whole days in the stage, up to the close"),
    Column("source", "source", TEXT, MACHINE, "its own, else the customer's"),
    Column("pipeline", "pipeline", TEXT, MACHINE),
    Column("tags", "tags", LIST, MACHINE),
    Column("created_at", "created", INSTANT, MACHINE),
    Column("stage_since", "in stage since", INSTANT, MACHINE),
    Column("closed_at", "closed", INSTANT, MACHINE),
    Column("external_id", "external id", TEXT, MACHINE, "in the system it was imported from"),
    VERSION,
)

FOLLOW_UPS = (
    Column("id", "id", ID),
    Column("due", "due", DUE),
    Column("what", "what"),
    Column("goal", "goal"),
    Column("kind", "kind", TEXT, MACHINE),
    Column("channel", "channel", TEXT, MACHINE, "how it is to be done"),
    Column("deal", "deal", ID),
    Column("title", "title"),
    Column("account", "customer"),
    Column("for", "for"),
    Column("by", "by", TEXT, MACHINE, "handle of who planned it"),
    Column("created_at", "planned", INSTANT, MACHINE),
    Column("snoozed", "snoozed", INT, MACHINE, "how often it was put off"),
    Column("done_at", "done", INSTANT, MACHINE),
    Column("activity", "activity", ID, MACHINE, "what was logged when it was done"),
    Column("cancelled_at", "cancelled", INSTANT, MACHINE),
    Column("cancelled_why", "why cancelled", TEXT, MACHINE),
    VERSION,
)

ACTIVITIES = (
    Column("id", "id", ID),
    Column("at", "at", INSTANT),
    Column("kind", "kind"),
    Column("deal", "deal", ID, about="none where it was with the customer alone"),
    Column("title", "title"),
    Column("account", "customer"),
    Column("note", "note"),
    Column("outcome", "outcome"),
    Column("channel", "channel", TEXT, MACHINE),
    Column("direction", "direction", TEXT, MACHINE),
    Column("contact", "contact", TEXT, MACHINE),
    Column("by", "by", about="handle of the rep"),
    Column("external_id", "external id", TEXT, MACHINE, "where it was imported from"),
    EDITS,
)

REPS = (
    Column("handle", "handle", ID),
    Column("name", "name"),
    Column("team", "team"),
    Column("email", "e-mail"),
    Column("active", "active", BOOL),
    Column("deals", "open deals", INT),
    Column("id", "id", INT, MACHINE),
    VERSION,
)

ACCOUNTS = (
    Column("id", "id", ID),
    Column("name", "name"),
    Column("grade", "grade"),
    Column("segment", "segment"),
    Column("region", "region"),
    Column("owner", "owner"),
    Column("deals", "open deals", INT),
    Column("last_contact_at", "last contact", INSTANT),
    Column("size", "size", TEXT, MACHINE),
    Column("source", "source", TEXT, MACHINE),
    Column("parent", "belongs to", TEXT, MACHINE),
    Column("domain", "domain", TEXT, MACHINE, "of its e-mail addresses"),
    Column("locked", "locked", BOOL, MACHINE, "whether it never goes to the pool"),
    Column("released_at", "released", INSTANT, MACHINE, "when it went to the pool, where it is"),
    Column("last_owner", "last owner", TEXT, MACHINE, "whose it was before it went there"),
    VERSION,
)

CONTACTS = (
    Column("id", "id", ID),
    Column("name", "name"),
    Column("account", "customer"),
    Column("title", "title"),
    Column("role", "role"),
    Column("phone", "phone"),
    Column("email", "e-mail"),
    Column("wechat", "WeChat"),
    VERSION,
)

PRODUCTS = (
    Column("id", "id", ID),
    Column("name", "name"),
    Column("series", "series"),
    Column("price", "price", MONEY),
    CURRENCY,
    Column("active", "sold", BOOL, about="whether it is still sold"),
    Column("deals", "open deals", INT),
    VERSION,
)

SETTINGS = (
    Column("key", "setting", ID),
    Column("value", "value"),
    EDITS,
)

HOLIDAYS = (
    Column("day", "day", ID),
    Column("kind", "kind", about="off, or work: worked although the week has it off"),
    Column("name", "name"),
    EDITS,
)

RATES = (
    Column("id", "id", ID),
    Column("currency", "currency"),
    Column("day", "from", DAY),
    Column("rate", "rate", NUMBER, about="what one unit is worth in the base currency"),
    EDITS,
)

PIPELINES = (
    Column("key", "key", ID),
    Column("name", "name"),
    Column("position", "position", INT),
    Column("retired", "retired", BOOL),
    Column("id", "id", INT, MACHINE),
    EDITS,
)

FIELDS = (
    Column("key", "field", ID),
    Column("name", "name"),
    Column("on", "on", about="opportunity, account or contact"),
    Column("type", "type"),
    Column("choices", "choices", LIST, about="those that are retired with a minus"),
    Column("position", "position", INT, MACHINE, "their order in lists and on screens"),
    Column("retired", "retired", BOOL, MACHINE),
    Column("id", "id", INT, MACHINE),
    VERSION,
)

TARGETS = (
    Column("id", "id", ID),
    Column("whose", "whose", about="all, team:NAME or rep:HANDLE"),
    Column("period", "period", about="a month, a quarter or a year"),
    Column("amount", "target", MONEY, about="to be won; none where deals are counted"),
    CURRENCY,
    Column("deals", "deals", INT, about="to be won; none where money is"),
    VERSION,
)

FORECASTS = (
    Column("id", "id", ID),
    Column("name", "name"),
    Column("at", "as of", INSTANT),
    Column("by", "by", about="handle of who kept it"),
    Column("filter", "filter"),
    Column("deals", "deals", INT, about="that were open"),
    VERSION,
)

COMMANDS = (
    Column("id", "id", ID),
    Column("at", "at", INSTANT),
    Column("actor", "who"),
    Column("verb", "verb", TEXT, MACHINE),
    Column("typed", "command"),
    Column("undone_by", "undone by", ID),
    Column("undoes", "undoes", ID, MACHINE),
    Column("merged_by", "merged by", ID, MACHINE, "the merge that it came with"),
)

#: what a change can write, by table
WRITTEN: Mapping[str, tuple[Column, ...]] = {
    "opportunity": DEALS,
    "follow_up": FOLLOW_UPS,
    "activity": ACTIVITIES,
    "rep": REPS,
    "account": ACCOUNTS,
    "contact": CONTACTS,
    "product": PRODUCTS,
    "setting": SETTINGS,
    "fx_rate": RATES,
    "holiday": HOLIDAYS,
    "pipeline": PIPELINES,
    "field": FIELDS,
    "target": TARGETS,
    "forecast": FORECASTS,
    "command": COMMANDS,
}
