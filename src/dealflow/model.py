"""The domain's rows: frozen values of scalars, one class per table, no framework.

The names and order of the fields are the table's columns (a parity test holds store/tables.py to
them). Instants are epoch seconds UTC, days ISO text, money integer minor units beside a currency.
Columns that the store derives from other rows (`store/derived.py`) are not declared here.
"""

from __future__ import annotations

from typing import ClassVar

from dealflow.foreseen import BY_COUNT as BY_COUNT  # noqa: PLC0414 of the model
from dealflow.foreseen import BY_VALUE as BY_VALUE  # noqa: PLC0414
from dealflow.foreseen import MEASURES as MEASURES  # noqa: PLC0414
from dealflow.foreseen import ForecastDeal as ForecastDeal  # noqa: PLC0414
from dealflow.foreseen import KeptForecast as KeptForecast  # noqa: PLC0414
from dealflow.foreseen import Target as Target  # noqa: PLC0414
from dealflow.rows import Row as Row  # noqa: PLC0414

#: what a deal can be
OPEN, WON, LOST, VOID = "open", "won", "lost", "void"
STATUSES = (OPEN, WON, LOST, VOID)

#: how a visit can end; None while the deal is still there
ADVANCED, RETURNED = "advanced", "returned"
ENDINGS = (ADVANCED, RETURNED, WON, LOST, VOID)

#: why a deal moved on that stood in a stage which was retired: nobody overrode anything
RETIRED_UNDER_IT = "stage {} was retired"

GRADES = ("A", "B", "C")

#: something both sides took part in, or that we sent: these reset the cadence
CONTACT_KINDS = ("call", "visit", "meeting", "email", "message", "demo", "quote")
#: what the customer was seen to do, and what the customer said
BEHAVIOUR_KINDS = ("site_visit", "download", "event", "email_open")
FEEDBACK_KINDS = ("asks_price", "asks_sample", "asks_question", "objects")
ACTIVITY_KINDS = (*CONTACT_KINDS, "note", *BEHAVIOUR_KINDS, *FEEDBACK_KINDS)

#: what a custom field holds, and on what it stands
FIELD_KINDS = ("text", "number", "money", "date", "choice", "bool")
FIELD_OWNERS = ("opportunity", "account", "contact")
#: what a calendar says of a day that the week alone does not
DAY_OFF, DAY_WORKED = "off", "work"
DAY_KINDS = (DAY_OFF, DAY_WORKED)


class Rep(Row):
    table: ClassVar[str] = "rep"
    later: ClassVar[tuple[str, ...]] = ("external_id",)
    uid: bytes = b""
    handle: str
    name: str
    email: str | None = None
    team: str | None = None
    active: int = 1
    external_id: str | None = None
    """What the row is called where it was imported from, as `system:id`; so in other tables."""


class Account(Row):
    table: ClassVar[str] = "account"
    later: ClassVar[tuple[str, ...]] = (
        *("domain", "fields", "locked", "released_at", "last_owner_id", "external_id"),
    )
    uid: bytes = b""
    name: str
    folded: str
    """The name as search compares it: see `text.fold`."""
    grade: str | None = None
    segment: str | None = None
    region: str | None = None
    size: str | None = None
    source: str | None = None
    owner_id: int | None = None
    """None: in the pool."""
    parent_id: int | None = None
    domain: str | None = None
    """Of its e-mail addresses: what it is found by when a log names a visitor."""
    fields: str | None = None
    """Custom fields, a JSON object: by key the text that customfields.py keeps."""
    locked: int | None = None
    """1 where it is never recycled into the pool."""
    released_at: int | None = None
    last_owner_id: int | None = None
    """Whose it was before it was released."""
    external_id: str | None = None


class Contact(Row):
    table: ClassVar[str] = "contact"
    later: ClassVar[tuple[str, ...]] = ("fields", "external_id")
    uid: bytes = b""
    account_id: int
    name: str
    folded: str
    title: str | None = None
    phone: str | None = None
    email: str | None = None
    wechat: str | None = None
    role: str | None = None
    """Part in the decision: decides, influences, uses, blocks … in the team's own words."""
    fields: str | None = None
    """Custom fields, a JSON object."""
    external_id: str | None = None


class Product(Row):
    table: ClassVar[str] = "product"
    later: ClassVar[tuple[str, ...]] = ("external_id",)
    uid: bytes = b""
    name: str
    folded: str
    series: str | None = None
    price: int | None = None
    currency: str | None = None
    active: int = 1
    external_id: str | None = None


class Pipeline(Row):
    table: ClassVar[str] = "pipeline"
    uid: bytes = b""
    key: str
    name: str
    position: int
    retired_at: int | None = None


class Stage(Row):
    """A stage's identity. What it is called and asks for is a StageDefinition."""

    table: ClassVar[str] = "stage"
    uid: bytes = b""
    pipeline_id: int
    key: str
    position: int
    kind: str = OPEN
    """`open`, or `won` for the stage that a deal reaches by being won."""
    retired_at: int | None = None


class StageDefinition(Row):
    """What a stage means from `effective_from` on, until the next definition of the stage."""

    table: ClassVar[str] = "stage_definition"
    later: ClassVar[tuple[str, ...]] = ("plan",)
    stage_id: int
    effective_from: int
    name: str
    standard: str = ""
    activities: str = "[]"
    """Key activities, a JSON array of text."""
    result: str = ""
    probability: float | None = None
    """0 to 1."""
    expected_days: int | None = None
    requires: str = "[]"
    signals: str = "[]"
    plan: str | None = None
    """Follow-ups that entering the stage plans, a JSON array of text."""


class Opportunity(Row):
    table: ClassVar[str] = "opportunity"
    uid: bytes = b""
    title: str
    folded: str
    account_id: int | None = None
    contact_id: int | None = None
    owner_id: int
    first_owner_id: int
    """The owner at creation."""
    pipeline_id: int
    stage_id: int
    """The stage the deal is in, or was closed in."""
    status: str = OPEN
    amount: int | None = None
    currency: str
    probability: float | None = None
    """The rep's own, 0 to 1; overrides the stage's."""
    expected_close: str | None = None
    source: str | None = None
    grade: str | None = None
    """Overrides the account's."""
    tags: str = "[]"
    fields: str = "{}"
    """Custom fields, a JSON object."""
    external_id: str | None = None
    """The record's id in the system it was imported from."""
    created_at: int
    stage_since: int
    closed_at: int | None = None


class OpportunityLine(Row):
    table: ClassVar[str] = "opportunity_line"
    opportunity_id: int
    product_id: int
    quantity: int = 1
    price: int | None = None
    """Minor units of the deal's currency, per piece."""


class Visit(Row):
    """One stay in one stage. Owner and amount as they stood when it began and when it ended.

    `currency` is that of both amounts; where the deal's changed in between, `amount` is None.
    """

    table: ClassVar[str] = "visit"
    opportunity_id: int
    seq: int
    """1, 2, 3 … within the deal: the order of visits, whatever the clock said."""
    stage_id: int
    owner_id: int
    amount: int | None = None
    currency: str
    entered_at: int
    left_at: int | None = None
    ending: str | None = None
    to_stage_id: int | None = None
    passed: str = "[]"
    """The open stages that the ending move passed over, as they stood then: a list of ids."""
    end_owner_id: int | None = None
    end_amount: int | None = None
    reason_id: int | None = None
    note: str | None = None
    forced: int = 0
    """Whether the move that ended the visit overrode requirements; `why` says why."""
    why: str | None = None
    entry_why: str | None = None
    """Why it could begin although requirements were missing: added or reopened in a later stage."""
    onward: int = 0
    """Whether it began by reopening the deal beyond the stage that it was closed in."""


class Activity(Row):
    """Something that happened: with one deal, or with a customer and none of its deals alone."""

    table: ClassVar[str] = "activity"
    later: ClassVar[tuple[str, ...]] = ("account_id", "external_id")
    uid: bytes = b""
    opportunity_id: int | None = None
    account_id: int | None = None
    """The customer, where there is no deal."""
    contact_id: int | None = None
    kind: str
    channel: str | None = None
    direction: str | None = None
    outcome: str | None = None
    note: str | None = None
    at: int
    rep_id: int
    external_id: str | None = None
    """What it is called where it was imported from."""


class FollowUp(Row):
    """Something planned. Open while neither done nor cancelled."""

    table: ClassVar[str] = "follow_up"
    later: ClassVar[tuple[str, ...]] = ("channel", "external_id")
    uid: bytes = b""
    opportunity_id: int
    due_day: str
    """The day it is due, business time zone."""
    due_at: int | None = None
    """The instant, when a time of day was given."""
    late_at: int
    """The first instant at which it is overdue; kept from due_day, due_at and the time zone."""
    what: str
    goal: str | None = None
    kind: str | None = None
    rep_id: int
    """For whom."""
    by_id: int
    created_at: int
    snoozed: int = 0
    done_at: int | None = None
    activity_id: int | None = None
    cancelled_at: int | None = None
    cancelled_why: str | None = None
    channel: str | None = None
    """How it is to be done: phone, WeChat …"""
    external_id: str | None = None


class Participant(Row):
    """Somebody beside the owner who takes part in a deal."""

    table: ClassVar[str] = "participant"
    opportunity_id: int
    rep_id: int
    role: str
    """support, marketing, manager … in the team's own words."""


class CustomField(Row):
    """A field that the team added to its records."""

    table: ClassVar[str] = "field"
    entity: str
    """One of FIELD_OWNERS."""
    key: str
    name: str
    kind: str
    """One of FIELD_KINDS."""
    choices: str = "[]"
    """What a choice can be, a JSON array of text; a choice that is retired has `-` before it."""
    position: int
    retired_at: int | None = None


class Holiday(Row):
    """A day that is off although the week has it worked, or the other way round (调休)."""

    table: ClassVar[str] = "holiday"
    day: str
    kind: str
    """`off` or `work`."""
    name: str


class LossReason(Row):
    table: ClassVar[str] = "loss_reason"
    key: str
    name: str
    retired_at: int | None = None


class Setting(Row):
    table: ClassVar[str] = "setting"
    key: str
    value: str


class FxRate(Row):
    """Millionths of the base currency that one unit of `currency` is worth from `day` on."""

    table: ClassVar[str] = "fx_rate"
    currency: str
    day: str
    millionths: int


#: every table that actions write, in the order in which rows may be inserted
ROWS: tuple[type[Row], ...] = (
    Setting,
    Rep,
    Account,
    Contact,
    Product,
    Pipeline,
    Stage,
    StageDefinition,
    LossReason,
    FxRate,
    Opportunity,
    OpportunityLine,
    Visit,
    Activity,
    FollowUp,
    Participant,
    CustomField,
    Holiday,
    Target,
    KeptForecast,
    ForecastDeal,
)
