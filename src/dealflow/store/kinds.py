"""What store/tables.py is made of: the base of all tables, kinds of columns, and their rules.

They come out as the types of SQLite's STRICT tables, and as 64-bit integers elsewhere.
"""

from typing import Any, ClassVar

from sqlalchemy import (
    REAL,
    BigInteger,
    CheckConstraint,
    Computed,
    Double,
    Index,
    Integer,
    Text,
    text,
)
from sqlmodel import Field, SQLModel

from dealflow.money import LIMIT

#: 64 bits everywhere; SQLite's STRICT tables know it as INTEGER
Whole = BigInteger().with_variant(Integer, "sqlite")
#: compared byte by byte, as SQLite does, whatever the server's language
Words = Text().with_variant(Text(collation="C"), "postgresql")
Real: Any = REAL().with_variant(Double, "postgresql")


class Base(SQLModel):
    """Naming makes constraints the same in every database, so that Alembic can name them."""

    metadata: ClassVar[Any] = SQLModel.metadata.__class__(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Whole)


class Versioned(Base):
    """Rows of the domain. Each carries a `checksum`: see store/checksums.py."""

    version: int = Field(default=1, sa_type=Whole)


def whole(**options: Any) -> Any:
    return Field(sa_type=Whole, **options)


def words(**options: Any) -> Any:
    return Field(sa_type=Words, **options)


def real(**options: Any) -> Any:
    return Field(sa_type=Real, **options)


def ref(target: str, **options: Any) -> Any:
    return Field(sa_type=Whole, foreign_key=f"{target}.id", **options)


def computed(expression: str) -> Any:
    """A column that the database works out from others of its row, and keeps."""
    return Field(sa_column_args=[Computed(expression, persisted=True)], sa_type=Whole, default=None)


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    """`column` holds one of `values`, or nothing."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def amount(column: str) -> CheckConstraint:
    return CheckConstraint(f"{column} BETWEEN 0 AND {LIMIT}", name=f"{column}_in_range")


def share(column: str) -> CheckConstraint:
    return CheckConstraint(f"{column} BETWEEN 0 AND 1", name=f"{column}_is_share")


def day(column: str) -> CheckConstraint:
    return CheckConstraint(f"{column} LIKE '____-__-__'", name=f"{column}_is_day")


def currency(column: str = "currency") -> CheckConstraint:
    return CheckConstraint(f"length({column}) = 3", name=f"{column}_is_code")


def imported() -> Index:
    """By what a row is called elsewhere; most rows of most files came from nowhere."""
    return Index(None, "external_id", sqlite_where=text("external_id IS NOT NULL"))


def rules(*items: Any) -> tuple[Any, ...]:
    """Table arguments: constraints and indexes, and on SQLite a STRICT table with lasting ids."""
    return (*items, {"sqlite_strict": True, "sqlite_autoincrement": True})
