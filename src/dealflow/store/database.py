"""A database in use: where it is, its settings, and its transactions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dealflow.model import Rep
from dealflow.store.book import Author, Book, columns, rows_of
from dealflow.store.conn import Conn, is_server
from dealflow.store.past import is_past
from dealflow.store.settings import SETTINGS, stored, stored_zone

if TYPE_CHECKING:
    from datetime import date, tzinfo

    from dealflow.dates.workdays import Calendar

__all__ = ["SETTINGS", "SKEW", "Database"]

#: seconds by which the clocks of people who share a file may differ
SKEW = 3600


def _connected(path: str) -> Conn:
    if is_server(path):
        from dealflow.store.server import connection as server

        return server.connect(path)
    from dealflow.store import connection

    return connection.connect(path)


class Database:
    """An open database: a file, or one on a server."""

    _calendar: Calendar | None = None
    _beyond: frozenset[int] = frozenset()
    """Years that the calendar does not reach, of which it was told."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.conn = _connected(path)
        self._settings: dict[str, str] | None = None

    def close(self) -> None:
        self.conn.close()

    def listen(
        self,
        on_wait: Callable[[float], None],
        on_commit: Callable[[], None],
        on_warning: Callable[[str], None],
    ) -> None:
        """Who is told about a wait (seconds so far), called just before a commit, and warned."""
        self.conn.on_wait, self.conn.on_commit = on_wait, on_commit
        self.conn.on_warning = on_warning

    @contextmanager
    def reading(self) -> Iterator[Conn]:
        """One state of the file for as long as the block lasts."""
        with self.explained():
            self.conn.begin_reading()
            try:
                yield self.conn
            finally:
                self.conn.rollback()

    @contextmanager
    def writing(
        self, author: Author, *, keep: bool = True, sharing: str | None = None
    ) -> Iterator[Book]:
        """One command: committed when the block ends well, else nothing happened.

        With `keep` false everything runs, the result can be read inside, and nothing is saved.
        `sharing` is the setting as this command will leave it, if it is the one that sets it: else
        a file that may not be written where it lies could never be told that it may.
        """
        with self.explained():
            self.conn.permit_writing(sharing or self.setting("sharing"))
            self.conn.begin()
            self._forget()  # what was read while waiting, somebody else may have changed
            book = Book(self.conn, author._replace(at=self.present(author.at)))
            try:
                yield book
                book.settle()
                self._forget()
                if keep:
                    book.seal()
                    self._settings = stored(self.conn)  # saved, the answer asks the file no more
                    self.conn.commit()
            except BaseException:
                self._forget()
                raise
            finally:
                self.conn.rollback()

    def _forget(self) -> None:
        self._settings = self._calendar = None

    @contextmanager
    def noting(self) -> Iterator[Conn]:
        """A write that is no command: nothing of it stands in the journal, nothing undoes it."""
        with self.explained():
            self.conn.permit_writing(self.setting("sharing"))
            self.conn.begin()
            try:
                yield self.conn
                self.conn.commit()
            finally:
                self.conn.rollback()

    def present(self, clock: int) -> int:
        """Now, as this file knows it: `clock`, or the last command where that is a little ahead.

        Computers that share a file disagree by seconds; what one has just written must not be in
        the future of the other. A clock that is further off than SKEW is not followed.
        """
        last = self.conn.execute("SELECT max(at) FROM command").fetchone()[0] or 0
        return int(last) if clock < last <= clock + SKEW else clock

    @contextmanager
    def explained(self) -> Iterator[None]:
        """The database's errors inside the block become dealflow's."""
        try:
            yield
        except self.conn.failure as exc:
            raise self.conn.explain(exc) from exc

    def setting(self, key: str) -> str:
        """The database's own value, or the default; '' for a key that is not known."""
        if self._settings is None:
            with self.explained():
                self._settings = stored(self.conn)
        return self._settings.get(key, "")

    def setting_at(self, now: int) -> Callable[[str], str]:
        """As `setting`, as of `now`."""
        with self.explained():
            past = is_past(self.conn, now)
            then = stored(self.conn, now) if past else {}
        return (lambda key: then.get(key, "")) if past else self.setting

    def reps(self) -> list[Rep]:
        """Everybody who is or was in the team."""
        with self.explained():
            found = self.conn.execute(f"SELECT {', '.join(columns(Rep))} FROM rep ORDER BY id")
            return rows_of(Rep, found)

    @property
    def zone(self) -> tzinfo:
        """The business time zone: what a day is, for everybody here. Error: Damaged."""
        return stored_zone(self.setting("timezone"))

    @property
    def currency(self) -> str:
        return self.setting("currency")

    @property
    def calendar(self) -> Calendar:
        """The team's working days. Error: Damaged."""
        if self._calendar is None:
            from dealflow.store.holidays import calendar

            with self.explained():
                self._calendar = calendar(self.conn, self.setting("workdays"))
        return self._calendar

    def is_workday(self, day: date, tell: Callable[[str], None]) -> bool:
        """Whether the day is worked; tells once of each year that the calendar does not reach."""
        known = self.calendar.years
        if known and day.year not in known | self._beyond:
            self._beyond |= {day.year}
            tell(f"weekends only: the holiday calendar has no days of {day.year}")
        return self.calendar(day)
