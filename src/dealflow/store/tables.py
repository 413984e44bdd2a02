"""The schema's one truth, as SQLModel tables: databases are created from it, Alembic migrates it.

It is also the Python API for notebooks and scripts::

    from sqlmodel import Session, select
    from dealflow.store.api import engine
    from dealflow.store.tables import Opportunity

    with Session(engine("pipeline.db")) as session:
        session.exec(select(Opportunity).where(Opportunity.status == "open")).all()

Importing this module takes a third of a second; the command line's daily path never does.
SQLModel's table classes do not validate: what is written through them is checked by the database
only. Commands go through `actions`, which keep the journal, the checksums and the derived columns;
`dealflow db check` finds what came past them.
"""

from sqlalchemy import CheckConstraint, Index, LargeBinary, text
from sqlmodel import Field

from dealflow.model import (
    ACTIVITY_KINDS,
    DAY_KINDS,
    ENDINGS,
    FIELD_KINDS,
    FIELD_OWNERS,
    GRADES,
    STATUSES,
)
from dealflow.store.entries import Change as Change  # noqa: PLC0414 the journal is part of it
from dealflow.store.entries import Command as Command  # noqa: PLC0414
from dealflow.store.entries import CommandKey as CommandKey  # noqa: PLC0414
from dealflow.store.entries import Merged as Merged  # noqa: PLC0414
from dealflow.store.entries import Reminder as Reminder  # noqa: PLC0414
from dealflow.store.foreseen import ForecastDeal as ForecastDeal  # noqa: PLC0414 in a room of their own
from dealflow.store.foreseen import KeptForecast as KeptForecast  # noqa: PLC0414
from dealflow.store.foreseen import Target as Target  # noqa: PLC0414
from dealflow.store.indexes import opportunity_reports, visit_reports
from dealflow.store.kinds import Base as Base  # noqa: PLC0414 its tables are here
from dealflow.store.kinds import (
    Versioned,
    amount,
    computed,
    currency,
    day,
    imported,
    one_of,
    real,
    ref,
    rules,
    share,
    whole,
    words,
)


class Setting(Versioned, table=True):
    __tablename__ = "setting"
    __table_args__ = rules()
    key: str = words(unique=True)
    value: str = words()
    checksum: int | None = whole(nullable=True)


class Rep(Versioned, table=True):
    __tablename__ = "rep"
    __table_args__ = rules(imported())
    uid: bytes = Field(sa_type=LargeBinary, unique=True)
    handle: str = words(unique=True)
    name: str = words()
    email: str | None = words(nullable=True)
    team: str | None = words(nullable=True)
    active: int = whole(default=1)
    checksum: int | None = whole(nullable=True)
    external_id: str | None = words(nullable=True)


class Account(Versioned, table=True):
    __tablename__ = "account"
    __table_args__ = rules(
        one_of("grade", GRADES), Index(None, "folded"), Index(None, "owner_id"), imported()
    )
    uid: bytes = Field(sa_type=LargeBinary, unique=True)
    name: str = words()
    folded: str = words()
    grade: str | None = words(nullable=True)
    segment: str | None = words(nullable=True)
    region: str | None = words(nullable=True)
    size: str | None = words(nullable=True)
    source: str | None = words(nullable=True)
    owner_id: int | None = ref("rep", nullable=True)
    parent_id: int | None = ref("account", nullable=True)
    domain: str | None = words(nullable=True)
    fields: str | None = words(nullable=True)
    locked: int | None = whole(nullable=True)
    released_at: int | None = whole(nullable=True)
    last_owner_id: int | None = ref("rep", nullable=True)
    checksum: int | None = whole(nullable=True)
    external_id: str | None = words(nullable=True)


class Contact(Versioned, table=True):
    __tablename__ = "contact"
    __table_args__ = rules(Index(None, "account_id"), Index(None, "folded"), imported())
    uid: bytes = Field(sa_type=LargeBinary, unique=True)
    account_id: int = ref("account")
    name: str = words()
    folded: str = words()
    title: str | None = words(nullable=True)
    phone: str | None = words(nullable=True)
    email: str | None = words(nullable=True)
    wechat: str | None = words(nullable=True)
    role: str | None = words(nullable=True)
    checksum: int | None = whole(nullable=True)
    fields: str | None = words(nullable=True)
    external_id: str | None = words(nullable=True)


class Product(Versioned, table=True):
    __tablename__ = "product"
    __table_args__ = rules(amount("price"), currency(), imported())
    uid: bytes = Field(sa_type=LargeBinary, unique=True)
    name: str = words()
    folded: str = words(unique=True)
    series: str | None = words(nullable=True)
    price: int | None = whole(nullable=True)
    currency: str | None = words(nullable=True)
    active: int = whole(default=1)
    checksum: int | None = whole(nullable=True)
    external_id: str | None = words(nullable=True)


class Pipeline(Versioned, table=True):
    __tablename__ = "pipeline"
    __table_args__ = rules()
    uid: bytes = Field(sa_type=LargeBinary, unique=True)
    key: str = words(unique=True)
    name: str = words()
    position: int = whole()
    retired_at: int | None = whole(nullable=True)
    checksum: int | None = whole(nullable=True)


class Stage(Versioned, table=True):
    __tablename__ = "stage"
    __table_args__ = rules(
        one_of("kind", ("open", "won")), Index(None, "pipeline_id", "key", unique=True)
    )
    uid: bytes = Field(sa_type=LargeBinary, unique=True)
    pipeline_id: int = ref("pipeline")
    key: str = words()
    position: int = whole()
    kind: str = words(default="open")
    retired_at: int | None = whole(nullable=True)
    checksum: int | None = whole(nullable=True)


class StageDefinition(Versioned, table=True):
    __tablename__ = "stage_definition"
    __table_args__ = rules(share("probability"), Index(None, "stage_id", "effective_from"))
    stage_id: int = ref("stage")
    effective_from: int = whole()
    name: str = words()
    standard: str = words(default="")
    activities: str = words(default="[]")
    result: str = words(default="")
    probability: float | None = real(nullable=True)
    expected_days: int | None = whole(nullable=True)
    requires: str = words(default="[]")
    signals: str = words(default="[]")
    checksum: int | None = whole(nullable=True)
    plan: str | None = words(nullable=True)


class LossReason(Versioned, table=True):
    __tablename__ = "loss_reason"
    __table_args__ = rules()
    key: str = words(unique=True)
    name: str = words()
    retired_at: int | None = whole(nullable=True)
    checksum: int | None = whole(nullable=True)


class FxRate(Versioned, table=True):
    __tablename__ = "fx_rate"
    __table_args__ = rules(currency(), day("day"), Index(None, "currency", "day", unique=True))
    currency: str = words()
    day: str = words()
    millionths: int = whole()
    checksum: int | None = whole(nullable=True)


class Opportunity(Versioned, table=True):
    __tablename__ = "opportunity"
    __table_args__ = rules(
        one_of("status", STATUSES),
        one_of("grade", GRADES),
        amount("amount"),
        currency(),
        share("probability"),
        day("expected_close"),
        Index(None, "owner_id", "status"),
        Index(None, "account_id"),
        Index(None, "external_id", unique=True),
        Index(
            "ix_opportunity_next",
            *("next_late_at", "expected_close"),
            sqlite_where=text("status = 'open'"),
        ),
        *opportunity_reports(),
    )
    uid: bytes = Field(sa_type=LargeBinary, unique=True)
    title: str = words()
    folded: str = words()
    account_id: int | None = ref("account", nullable=True)
    contact_id: int | None = ref("contact", nullable=True)
    owner_id: int = ref("rep")
    first_owner_id: int = ref("rep")
    pipeline_id: int = ref("pipeline")
    stage_id: int = ref("stage")
    status: str = words(default="open")
    amount: int | None = whole(nullable=True)
    currency: str = words()
    probability: float | None = real(nullable=True)
    expected_close: str | None = words(nullable=True)
    source: str | None = words(nullable=True)
    grade: str | None = words(nullable=True)
    tags: str = words(default="[]")
    fields: str = words(default="{}")
    external_id: str | None = words(nullable=True)
    created_at: int = whole()
    stage_since: int = whole()
    closed_at: int | None = whole(nullable=True)
    # derived from other rows by store/derived.py, verified by `db check`
    last_contact_at: int | None = whole(nullable=True)
    next_late_at: int | None = whole(nullable=True)
    checksum: int | None = whole(nullable=True)


class OpportunityLine(Versioned, table=True):
    __tablename__ = "opportunity_line"
    __table_args__ = rules(
        amount("price"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        Index(None, "opportunity_id"),
        Index(None, "product_id"),
    )
    opportunity_id: int = ref("opportunity")
    product_id: int = ref("product")
    quantity: int = whole(default=1)
    price: int | None = whole(nullable=True)
    checksum: int | None = whole(nullable=True)


class Visit(Versioned, table=True):
    __tablename__ = "visit"
    __table_args__ = rules(
        one_of("ending", ENDINGS),
        amount("amount"),
        amount("end_amount"),
        currency(),
        CheckConstraint("(left_at IS NULL) = (ending IS NULL)", name="left_means_ended"),
        CheckConstraint("left_at >= entered_at", name="left_after_entered"),
        Index(None, "opportunity_id", "seq", unique=True),
        *visit_reports(),
    )
    opportunity_id: int = ref("opportunity")
    seq: int = whole()
    stage_id: int = ref("stage")
    owner_id: int = ref("rep")
    amount: int | None = whole(nullable=True)
    currency: str = words()
    entered_at: int = whole()
    left_at: int | None = whole(nullable=True)
    ending: str | None = words(nullable=True)
    to_stage_id: int | None = ref("stage", nullable=True)
    passed: str = words(default="[]")
    end_owner_id: int | None = ref("rep", nullable=True)
    end_amount: int | None = whole(nullable=True)
    reason_id: int | None = ref("loss_reason", nullable=True)
    note: str | None = words(nullable=True)
    forced: int = whole(default=0)
    why: str | None = words(nullable=True)
    entry_why: str | None = words(nullable=True)
    onward: int = whole(default=0)
    hours: int | None = computed("(left_at - entered_at) / 3600")
    """Whole hours from entering to leaving."""
    # derived from the deal's other visits by store/derived.py
    revisited_at: int | None = whole(nullable=True)
    """When the deal next entered the same stage."""
    reopened_at: int | None = whole(nullable=True)
    """When the deal was reopened, if this visit ended in a close."""
    checksum: int | None = whole(nullable=True)


class Activity(Versioned, table=True):
    __tablename__ = "activity"
    __table_args__ = rules(
        one_of("kind", ACTIVITY_KINDS),
        CheckConstraint("(opportunity_id IS NULL) = (account_id IS NOT NULL)", name="of_one"),
        Index(None, "opportunity_id", "at", "kind"),
        Index(None, "account_id", "at", sqlite_where=text("account_id IS NOT NULL")),
        Index(None, "at"),
        Index(None, "external_id", unique=True, sqlite_where=text("external_id IS NOT NULL")),
    )
    uid: bytes = Field(sa_type=LargeBinary, unique=True)
    opportunity_id: int | None = ref("opportunity", nullable=True)
    account_id: int | None = ref("account", nullable=True)
    contact_id: int | None = ref("contact", nullable=True)
    kind: str = words()
    channel: str | None = words(nullable=True)
    direction: str | None = words(nullable=True)
    outcome: str | None = words(nullable=True)
    note: str | None = words(nullable=True)
    at: int = whole()
    rep_id: int = ref("rep")
    external_id: str | None = words(nullable=True)
    checksum: int | None = whole(nullable=True)


class FollowUp(Versioned, table=True):
    __tablename__ = "follow_up"
    __table_args__ = rules(
        day("due_day"),
        one_of("kind", ACTIVITY_KINDS),
        imported(),
        Index(None, "opportunity_id"),
        Index(
            "ix_follow_up_open",
            *("late_at", "rep_id", "opportunity_id"),
            sqlite_where=text("done_at IS NULL AND cancelled_at IS NULL"),
        ),
    )
    uid: bytes = Field(sa_type=LargeBinary, unique=True)
    opportunity_id: int = ref("opportunity")
    due_day: str = words()
    due_at: int | None = whole(nullable=True)
    late_at: int = whole()
    what: str = words()
    goal: str | None = words(nullable=True)
    kind: str | None = words(nullable=True)
    rep_id: int = ref("rep")
    by_id: int = ref("rep")
    created_at: int = whole()
    snoozed: int = whole(default=0)
    done_at: int | None = whole(nullable=True)
    activity_id: int | None = ref("activity", nullable=True)
    cancelled_at: int | None = whole(nullable=True)
    cancelled_why: str | None = words(nullable=True)
    checksum: int | None = whole(nullable=True)
    channel: str | None = words(nullable=True)
    external_id: str | None = words(nullable=True)


class Participant(Versioned, table=True):
    __tablename__ = "participant"
    __table_args__ = rules(
        Index(None, "opportunity_id", "rep_id", unique=True), Index(None, "rep_id")
    )
    opportunity_id: int = ref("opportunity")
    rep_id: int = ref("rep")
    role: str = words()
    checksum: int | None = whole(nullable=True)


class CustomField(Versioned, table=True):
    __tablename__ = "field"
    __table_args__ = rules(
        one_of("entity", FIELD_OWNERS),
        one_of("kind", FIELD_KINDS),
        Index(None, "entity", "key", unique=True),
    )
    entity: str = words()
    key: str = words()
    name: str = words()
    kind: str = words()
    choices: str = words(default="[]")
    position: int = whole()
    retired_at: int | None = whole(nullable=True)
    checksum: int | None = whole(nullable=True)


class Holiday(Versioned, table=True):
    __tablename__ = "holiday"
    __table_args__ = rules(day("day"), one_of("kind", DAY_KINDS), Index(None, "day", unique=True))
    day: str = words()
    kind: str = words()
    name: str = words()
    checksum: int | None = whole(nullable=True)
