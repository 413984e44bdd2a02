"""Tables of what is wanted and what is expected: targets, and forecasts that were kept.

Part of the schema in `store/tables.py`, through which they are imported.
"""

from sqlalchemy import CheckConstraint, Index, LargeBinary
from sqlmodel import Field

from dealflow.model import MEASURES
from dealflow.store.kinds import (
    Versioned,
    amount,
    day,
    one_of,
    real,
    ref,
    rules,
    share,
    whole,
    words,
)


class Target(Versioned, table=True):
    __tablename__ = "target"
    __table_args__ = rules(
        one_of("measure", MEASURES),
        CheckConstraint("amount > 0", name="amount_positive"),
        Index(None, "whose", "period", "measure", unique=True),
    )
    whose: str = words()
    period: str = words()
    measure: str = words()
    amount: int = whole()
    checksum: int | None = whole(nullable=True)


class KeptForecast(Versioned, table=True):
    __tablename__ = "forecast"
    __table_args__ = rules(Index(None, "at"))
    uid: bytes = Field(sa_type=LargeBinary, unique=True)
    name: str = words()
    at: int = whole()
    rep_id: int = ref("rep")
    filter: str = words(default="")
    checksum: int | None = whole(nullable=True)


class ForecastDeal(Versioned, table=True):
    __tablename__ = "forecast_deal"
    __table_args__ = rules(
        share("probability"),
        amount("amount"),
        day("expected_close"),
        Index(None, "forecast_id", "deal_id", unique=True),
        Index(None, "deal_id"),
    )
    forecast_id: int = ref("forecast")
    deal_id: int = ref("opportunity")
    stage_id: int = ref("stage")
    rep_id: int = ref("rep")
    probability: float | None = real(nullable=True)
    amount: int | None = whole(nullable=True)
    expected_close: str | None = words(nullable=True)
    checksum: int | None = whole(nullable=True)
