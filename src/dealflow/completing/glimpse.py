"""The database, as far as completion looks at it: opened when first asked, and never complained of.

What cannot be read (no file, a locked one, another version, no rights) holds nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dealflow.completing.place import Place
from dealflow.text import fold

MOST = 50
"""Records that are offered at once."""
_ASKED = MOST + 1
_NOBODY = 0
_Ask = Callable[[Any, Any], list[tuple[Any, ...]]]


class Glimpse:
    """Answers with rows, or with none."""

    def __init__(self, here: Place, env: Mapping[str, str]) -> None:
        self._here, self._env = here, env
        self._conn: Any = None
        self._is_closed = False
        self.is_cut = False
        """Whether there were more records than were told."""
        self._config: dict[str, str] | None = None

    def found(self, kind: str, part: str, **values: Any) -> list[tuple[Any, ...]]:
        """Records of a kind, of store/completing.py; names are those that begin with `part`."""
        start = fold(part)
        if "at" in values:
            values["at"] = fold(values["at"])
        return self._some(
            lambda conn, store: store.found(
                conn, kind, start=start, length=len(start), most=_ASKED, me=self._me(conn), **values
            )
        )

    def deals(self, standing: str, start: str) -> list[tuple[Any, ...]]:
        return self._some(
            lambda conn, store: store.deals(conn, standing, start, self._me(conn), _ASKED)
        )

    def standing(self, words: Sequence[str]) -> list[tuple[Any, ...]]:
        """Where the deals of these numbers stand: pipeline and position."""
        ids = [int(word.lstrip("#")) for word in words if word.lstrip("#").isdecimal()][:MOST]
        return self._asked(lambda conn, store: store.standing_at(conn, ids)) if ids else []

    def _some(self, ask: _Ask) -> list[tuple[Any, ...]]:
        """As many rows as are worth showing."""
        found = self._asked(ask)
        self.is_cut = self.is_cut or len(found) == _ASKED
        return found[:MOST] if len(found) == _ASKED else found

    def close(self) -> None:
        """Let the database go; SQLite takes away what it put beside a file with a log."""
        self._is_closed = True
        if self._conn is not None:
            self._conn.close()

    def _asked(self, ask: _Ask) -> list[tuple[Any, ...]]:
        if self._is_closed:
            return []
        try:
            from dealflow.store import completing

            if self._conn is None:
                from dealflow.store import glance

                self._conn = glance.opened(self._path())
            found = ask(self._conn, completing)
        except Exception:  # noqa: BLE001 whatever it is, there is nothing to offer
            self._is_closed = True
            return []
        return found

    def _path(self) -> str:
        import os

        from dealflow import config

        given = self._here.last("--db")
        if given is not None:
            given = os.path.expandvars(given)  # the shell has not yet put in what $DIR stands for
        named = given is not None or "DEALFLOW_DB" in self._env
        return config.database_path(given, self._env, {} if named else self._settings())

    def _settings(self) -> dict[str, str]:
        from dealflow import config

        if self._config is None:
            self._config = config.read(self._env)
        return self._config

    def _me(self, conn: Any) -> int:
        """The id of the rep who types, found as commands find it; 0 for nobody."""
        from dealflow import config
        from dealflow.store import completing

        said = self._here.last("--as") or self._env.get("DEALFLOW_REP")
        said = said or self._settings().get("rep") or getattr(conn, "login", "")
        name = fold(said or config.login_name(self._env))
        reps = completing.reps(conn)
        return next((rep for rep, *names in reps if name in map(fold, names)), _NOBODY)
