"""One run of the program: which database, who, what time, which format.

Commands are given a Run. They parse words with it, ask one question or do one action, and return
the result. Nothing is opened before it is needed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from dealflow import clock, config
from dealflow.errors import (
    NeedsConfirmation,
    NotFound,
    Refused,
    UnknownActor,
    UsageError,
)
from dealflow.options import Options
from dealflow.output import stderr
from dealflow.program import NO_PROGRAM, Program
from dealflow.results import BOOL, ID, MACHINE, Column, Results, Written
from dealflow.showing import Destination, Showing
from dealflow.text import masked
from dealflow.typed import ids_of, quoted

if TYPE_CHECKING:
    from contextlib import ExitStack
    from datetime import date, tzinfo

    from dealflow.actions import Actor, Done
    from dealflow.dates import Period
    from dealflow.model import Rep
    from dealflow.money import Money
    from dealflow.questions import Ask
    from dealflow.store.book import Author, Book
    from dealflow.store.database import Database


#: said in place of what was done, when a --key is repeated
REPEATED = "this was done before with the same key; nothing was changed"
_REPEATED = Column("repeated", "repeated", BOOL, MACHINE, "whether its --key was used before")
T = TypeVar("T")


@dataclass(slots=True, repr=False, eq=False)
class Run:
    """See the module. `argv` is what was typed after the program's name."""

    options: Options
    argv: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=lambda: os.environ)
    verb: str = ""
    """The command that runs: `add`, `reps edit`."""
    content: list[str] = field(default_factory=list)
    """What a change asks for, as typed and as read from files: what its --key stands for."""
    program: Program = NO_PROGRAM
    _config: dict[str, str] | None = None
    _db: Database | None = None
    _now: int | None = None
    target: str | None = None
    """The file of --to, which says the same as -o FILE."""
    _reading: ExitStack | None = None  # a read whose rows are written while it goes on

    # ── where, when, who ──────────────────────────────────────────────────────────────────────

    @property
    def config(self) -> dict[str, str]:
        if self._config is None:
            self._config = config.read(self.env)
        return self._config

    @property
    def path(self) -> str:
        """The database: a file, or a server's address, in which a password may stand."""
        given = self.options.db
        named = given is not None or "DEALFLOW_DB" in self.env
        return config.database_path(given, self.env, {} if named else self.config)

    @property
    def place(self) -> str:
        """The database as it may be shown."""
        return masked(self.path)

    @property
    def db(self) -> Database:
        if self._db is None:
            from dealflow.afterwards import hold_interrupts, what_was_lost
            from dealflow.store.database import Database

            self._db = Database(self.path)
            self._db.listen(stderr.tell_waiting(), hold_interrupts, self.warn)
            stderr.say(what_was_lost(self._db, self.env))
        return self._db

    @property
    def clock(self) -> int:
        """The real now, epoch seconds UTC: asked once."""
        if self._now is None:
            self._now = clock.now()
        return self._now

    @property
    def now(self) -> int:
        """What questions take for now: the end of the day of `--as-of`, else the present."""
        with self.db.explained():
            present = self.db.present(self.clock)
        if self.options.as_of is None:
            return present
        from dealflow.dates import end_of

        return min(end_of(self.day(self.options.as_of), self.zone), present)

    @property
    def zone(self) -> tzinfo:
        return self.db.zone

    @property
    def name(self) -> str:
        """The word for who is typing; '' when nobody knows."""
        if (given := self.options.actor) is not None and not given.strip():
            raise UsageError("--as is empty", "name a rep, or leave --as out")
        return self._named or config.login_name(self.env)

    @property
    def _named(self) -> str:
        """What the user said of who is typing, here or for good."""
        said = self.options.actor or self.env.get("DEALFLOW_REP") or self.config.get("rep")
        return said or ""

    def me(self) -> Rep | None:
        """The rep who is typing, if the database knows one of that name.

        On a server the login says so, where nothing else does: its rights are that rep's.
        """
        from dealflow.actions.lookup import rep_named

        name, reps = self.name, self.db.reps()
        if self.options.actor:
            return self.rep(name)
        signed_in = "" if self._named else self.db.conn.login
        return (rep_named(reps, signed_in) if signed_in else None) or rep_named(reps, name)

    def somebody(self) -> Rep:
        """The rep who is typing. Error: UnknownActor."""
        me = self.me()
        if me is None:
            raise UnknownActor
        return me

    def rep(self, word: str) -> Rep:
        """The rep with this handle or name. Error: NotFound."""
        from dealflow.actions.lookup import rep_named

        reps = self.db.reps()
        found = rep_named(reps, word)
        if found is None:
            raise NotFound("rep", word, [rep.handle for rep in reps], "dealflow reps list")
        return found

    # ── words into values ─────────────────────────────────────────────────────────────────────

    def when(self, text: str, *, past: bool = False, since: date | None = None) -> date | int:
        """A day, or an instant where a time of day is given; `since` is today. Error: BadDate."""
        from dealflow.dates import end_of, parse_when

        now = self.clock if since is None else end_of(since, self.zone) - 1
        return parse_when(text, now, self.zone, past=past, is_workday=self._is_workday)

    def day(self, text: str) -> date:
        from dealflow.dates import parse_day

        return parse_day(text, self.clock, self.zone, is_workday=self._is_workday)

    def moment(self, text: str | None) -> int | None:
        """When something happened, for --at."""
        if text is None:
            return None
        from dealflow.dates import parse_instant

        return parse_instant(text, self.clock, self.zone, is_workday=self._is_workday)

    def _is_workday(self, day: date) -> bool:
        return self.db.is_workday(day, stderr.note)

    def money(self, text: str) -> Money:
        from dealflow.money import parse

        return parse(text, self.db.currency)

    def period(self, from_: str | None, to: str | None, period: str | None) -> Period:
        from dealflow.dates import period_between

        return period_between(from_, to, period, self.now, self.zone, is_workday=self._is_workday)

    def ids(self, words: Sequence[str]) -> list[int]:
        """Ids as typed: numbers, ranges (3-7), or `-` for a list on stdin."""
        from_stdin = list(words) == ["-"]
        if from_stdin:
            words = sys.stdin.buffer.read().decode("utf-8", "replace").split()
            self.content += words
        found = list(dict.fromkeys(i for word in words for i in ids_of(word)))
        if len(found) > (1 if from_stdin else len(words)):
            self.confirm(f"changing {len(found)} records", can_ask=not from_stdin)
        return found

    def id(self, word: str) -> int:
        """One record's number, as typed."""
        found = ids_of(word)
        if len(found) > 1:
            raise UsageError(f"'{word}' names {len(found)} records where one is meant")
        return found[0]

    def confirm(self, what: str, *, can_ask: bool = True, details: Sequence[str] = ()) -> None:
        """Ask before something large or destructive (`details`); --yes says it beforehand."""
        if self.options.yes or self.options.dry_run:
            return
        if not (can_ask and sys.stdin.isatty() and sys.stderr.isatty()):
            raise NeedsConfirmation(what, details)
        stderr.say(details)
        import typer

        if not typer.confirm(f"{what}: go on?", err=True):
            raise Refused(f"{what}: not confirmed, nothing was changed")

    # ── asking and acting ─────────────────────────────────────────────────────────────────────

    def stream(self, question: Callable[..., T], *args: Any, **named: Any) -> T:
        """As `ask`, of a question whose rows are read while they are written: until `show` ends."""
        from contextlib import ExitStack

        me, now = self.me(), self.now
        self._reading = ExitStack()
        self._reading.enter_context(self.db.reading())
        return question(self._ask(me, now), *args, **named)

    def ask(self, question: Callable[..., T], *args: Any, **named: Any) -> T:
        """Put a question to the database, in one read transaction."""
        me = self.me()
        with self.db.reading():
            return question(self._ask(me, self.now), *args, **named)

    def _ask(self, me: Rep | None, now: int) -> Ask:
        from dealflow.questions import Ask

        db = self.db
        return Ask(
            conn=db.conn,
            now=now,
            zone=db.zone,
            currency=db.currency,
            me=me.id if me else None,
            setting=db.setting if self.options.as_of is None else db.setting_at(now),
        )

    def act(
        self,
        action: Callable[..., Done],
        *args: Any,
        many: bool = False,
        sharing: str | None = None,
    ) -> Written:
        """Do something in one write transaction, and return the rows it wrote.

        With --dry-run everything happens, is read back, and is not saved. `sharing`: as `within`.
        """
        from dealflow.actions import Done
        from dealflow.questions.written import written

        def read_back(by: Actor, earlier: Any) -> tuple[Any, Written]:
            done = Done(*earlier) if earlier else action(by, *args)
            by.book.settle()
            columns, rows = written(self._ask(by.me, by.now), done.what, done.ids)
            tail = ("dry run: nothing was changed",) if self.options.dry_run else ()
            said = (REPEATED,) if earlier else (*done.said, *tail)
            if self.options.once:
                columns = (*columns, _REPEATED)
                rows = [(*row, bool(earlier)) for row in rows]
            return done, Written(name=done.what, columns=columns, rows=rows, said=said, many=many)

        return self.within(read_back, sharing)

    def within(self, job: Callable[[Actor, Any], tuple[Any, T]], sharing: str | None = None) -> T:
        """Do a job in one write transaction and return its result; --dry-run saves nothing.

        The job is given what it answered before, where a --key is repeated, else None; it returns
        what to keep for such a repetition, as JSON has it, and its result. `sharing` is that
        setting as the job will leave it, where it changes it.
        """
        from dealflow import afterwards

        keep = not self.options.dry_run
        with self.db.writing(self.author(), keep=keep, sharing=sharing) as book:
            result = self.inside(book, job)
            saved = afterwards.noted(book, self.env) if keep else None
        if saved:
            afterwards.follow(saved, self.env, self.warn)
        return result

    def author(self) -> Author:
        """Who does it, what, and when. Errors: UnknownActor; UsageError for a change at --as-of."""
        from dealflow.store.book import Author

        if self.options.as_of is not None:
            raise UsageError("--as-of is for questions; a change happens now", "see --at")
        return Author(self.somebody().handle, self.verb, self.typed(), self.clock)

    def inside(self, book: Book, job: Callable[[Actor, Any], tuple[Any, T]]) -> T:
        """The job in an open transaction, unless its key was used before: then what it answered."""
        from dealflow.actions import Actor
        from dealflow.store import keys

        by = Actor(self.db, book, self.somebody())
        if self.options.once is None:
            return job(by, None)[1]
        key = keys.named(self.options.once, self.verb, self.content)
        earlier = keys.earlier(by.book, key)
        answer, result = job(by, earlier)
        if earlier is None:
            keys.keep(by.book, key, answer)
        return result

    def typed(self) -> str:
        """The command line, as it could be typed again; without passwords, as others read it."""
        return masked(" ".join(["dealflow", *map(quoted, self.argv)]))[:2000]

    def about_file(self, *said: str) -> Written:
        """The result of what was done to the database file itself."""
        column = Column("database", "database", ID)
        return Written(name="database", columns=(column,), rows=[(self.place,)], said=said)

    def warn(self, told: str) -> None:
        """Say something that a person should know, whatever format was asked for."""
        stderr.say([f"warning: {told}"])

    # ── showing ───────────────────────────────────────────────────────────────────────────────

    @property
    def to(self) -> Destination:
        """Where results go, and as what."""
        return Destination(self.options, self.target, lambda: self.config.get("format"))

    def cut(self, limit: int | None) -> int | None:
        """How many rows a list may have: as told (0: all), else what fits a screen when drawn."""
        return self.to.cut(limit)

    def show(self, results: Results) -> int:
        """Write what a command returned; the first exit code that says something."""
        each = results if isinstance(results, tuple) else (results,)
        self.showing.all(each, read_meanwhile=self._reading is not None)
        return next((result.exit_code for result in each if result.exit_code), 0)

    @property
    def showing(self) -> Showing:
        return Showing(self.to, self.env, self._here, lambda: self.path, self._end_reading)

    def _here(self) -> tuple[tzinfo, date]:
        from dealflow.dates import day_of

        return self.shown_zone, day_of(self.clock, self.shown_zone)

    def _end_reading(self) -> None:
        if self._reading is not None:
            self._reading.close()
            self._reading = None

    @property
    def shown_zone(self) -> tzinfo:
        """The zone that output is told in; UTC without a database, or where its zone is damaged."""
        from datetime import UTC

        from dealflow.errors import Damaged

        try:
            return self.zone if self._db else UTC
        except Damaged:
            return UTC

    def is_damaged(self) -> bool:
        """Whether what went wrong is the database's: some value of it is not as it was written."""
        from dealflow.store import soundness

        if self._db is None:
            return False
        try:
            with self._db.reading() as conn:
                return next(soundness.findings(conn), None) is not None
        except Exception:  # noqa: BLE001 it was asked because something is wrong
            return False

    def close(self) -> None:
        self._end_reading()
        if self._db is not None:
            self._db.close()
            self._db = None
