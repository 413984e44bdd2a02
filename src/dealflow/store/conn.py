"""What the store asks of a connection, whichever database is behind it.

Two classes answer: `connection.FileConn` over a SQLite file, `server.connection.ServerConn` over
PostgreSQL. Statements are written in the SQL that both share; placeholders are `?` and `:name`.
What SQLite alone knows stands in `connection`, `schema`, `backups` and `soundness`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol


class Found(Protocol):
    """The rows that a statement yields, as tuples."""

    @property
    def rowcount(self) -> int: ...
    @property
    def description(self) -> Any: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...
    def __iter__(self) -> Iterator[Any]: ...


class Conn(Protocol):
    """An open database. Every transaction is begun explicitly."""

    path: str
    """The file, or the server's address without its password."""
    on_wait: Callable[[float], None]
    on_commit: Callable[[], None]
    on_warning: Callable[[str], None]

    @property
    def broken(self) -> type[Exception]:
        """What a broken constraint raises."""
        ...

    @property
    def failure(self) -> type[Exception]:
        """What everything that the database refuses raises; `explain` says what it means."""
        ...

    @property
    def login(self) -> str:
        """Who is signed in to the server; empty for a file."""
        ...

    @property
    def in_transaction(self) -> bool: ...

    def execute(self, sql: str, parameters: Any = (), /) -> Found: ...

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Store rows that have their ids."""
        ...

    def run_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> int:
        """Run one statement for each row of values; how many rows of the table that changed."""
        ...

    def next_id(self, table: str) -> int:
        """The id that the next row gets. Ids are never used twice."""
        ...

    def ids_given(self, table: str, last: int) -> None:
        """Have `next_id` go on after `last`."""
        ...

    def defer_references(self) -> None:
        """Until the transaction ends, rows may refer to rows that are still to come."""
        ...

    def begin(self) -> None:
        """Start writing: nobody else can from here on, and what is read stays true. Error: Busy."""
        ...

    def begin_reading(self) -> None:
        """Start a read that sees one state of the database throughout."""
        ...

    def commit(self) -> None:
        """Make the transaction durable. From here on the answer must match what was saved."""
        ...

    def any_text(self) -> AbstractContextManager[None]:
        """Inside the block, stored text that is no UTF-8 can be read."""
        ...

    def size(self) -> int:
        """Bytes on disk."""
        ...

    def rollback(self) -> None: ...
    def close(self) -> None: ...

    def permit_writing(self, sharing: str) -> None:
        """Refuse what may not be written to; `sharing` is the database's setting."""
        ...

    def teach_days(self, zone: str, late_at: Callable[[str, int | None], int | None], /) -> None:
        """Give SQL `overdue_from(due_day, due_at)` for days of the time zone `zone`."""
        ...

    def explain(self, exc: Exception) -> Exception:
        """What the database's own error means to a user; a bug of ours comes back as it is."""
        ...


#: as the limit of a statement: all rows
ALL = 2**63 - 1


def is_server(path: str) -> bool:
    """Whether this names a server rather than a file."""
    return path.startswith(("postgresql://", "postgres://"))
