"""Tables of the journal, and of what is remembered beside it.

Part of the schema in `store/tables.py`, through which they are imported.
"""

from sqlalchemy import Index, LargeBinary, text
from sqlmodel import Field

from dealflow.store.kinds import Base, day, one_of, ref, rules, whole, words


class Command(Base, table=True):
    """The journal: one row per command that changed something."""

    __tablename__ = "command"
    __table_args__ = rules(Index(None, "at"))
    uid: bytes = Field(sa_type=LargeBinary, unique=True)
    at: int = whole()
    actor: str = words()
    verb: str = words()
    typed: str = words()
    """The command line as it was typed."""
    undoes: int | None = ref("command", nullable=True)
    undone_by: int | None = ref("command", nullable=True)
    merged_by: int | None = ref("command", nullable=True)
    """The merge that it came with from another copy: what it did is among that one's changes."""
    chain: bytes | None = Field(default=None, sa_type=LargeBinary, nullable=True)
    """SHA-256 of this entry and of the chain before it: see store/chain.py."""


class CommandKey(Base, table=True):
    """What a script called a change with `--key`, and the answer that a repetition is given."""

    __tablename__ = "command_key"
    __table_args__ = rules(Index(None, "verb", "key", unique=True))
    verb: str = words()
    key: str = words()
    content: str = words()
    """SHA-256 of what was asked for, in hex."""
    answer: str = words()
    at: int = whole()
    command_id: int | None = ref("command", nullable=True)
    """None where nothing had to be changed."""
    checksum: int | None = whole(nullable=True)


class Change(Base, table=True):
    """What a command did to rows: `add` a run of ids, `edit` (changed columns), or `remove`."""

    __tablename__ = "change"
    __table_args__ = rules(
        one_of("kind", ("add", "edit", "remove")),
        Index(None, "command_id"),
        Index(None, "entity", "row_id", "last_id"),
        Index(
            "ix_change_run",
            *("entity", "row_id", "last_id"),
            sqlite_where=text("last_id > row_id"),
        ),
    )
    command_id: int = ref("command")
    entity: str = words()
    kind: str = words()
    row_id: int = whole()
    last_id: int = whole()
    """The last id of the run; equal to row_id but for additions."""
    before: str | None = words(nullable=True)
    after: str | None = words(nullable=True)


class Merged(Base, table=True):
    """What a merge took over or settled: whose edit a value is that stands in the row since."""

    __tablename__ = "merged"
    __table_args__ = rules(Index(None, "command_id"), Index(None, "entity", "row_id"))
    command_id: int = ref("command")
    entity: str = words()
    row_id: int = whole()
    unit: str = words()
    """A column, or columns that change together: see merging.py; `*` is the row as added."""
    at: int = whole()
    uid: bytes = Field(sa_type=LargeBinary)
    """Of the command whose edit it is."""
    lost: str | None = words(nullable=True)
    """What the other side had and lost in a conflict: a JSON object."""


class Reminder(Base, table=True):
    """A reminder that was begun or sent, so that none is sent twice."""

    __tablename__ = "reminder"
    __table_args__ = rules(day("day"), Index(None, "kind", "channel", "rep_id", "day", unique=True))
    kind: str = words()
    """`digest`, or a step of the ladder."""
    channel: str = words()
    rep_id: int = ref("rep")
    """For whom."""
    day: str = words()
    """The business day it is of."""
    content: str = words()
    """SHA-256 of what was sent, in hex."""
    begun_at: int = whole()
    sent_at: int | None = whole(nullable=True)
    """None where it is not known whether it arrived."""
