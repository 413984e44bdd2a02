"""The user's own settings: which database, who, which format. Read from the user's folder only.

# config.toml
db = "~/sales/pipeline.db"
rep = "li"
format = "table"
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Mapping

from dealflow.errors import UnknownWord, Unusable, UsageError

KEYS = ("db", "rep", "format")


def folder(env: Mapping[str, str]) -> str:
    """Where the configuration stands: DEALFLOW_CONFIG_DIR, else the platform's place."""
    given = env.get("DEALFLOW_CONFIG_DIR")
    if given:
        return given
    return _place("XDG_CONFIG_HOME", "~/.config", env) or _platform("user_config_dir")


def _place(variable: str, usual: str, env: Mapping[str, str]) -> str:
    """The folder by the XDG rules, as platformdirs finds it, which takes 6 ms to load; else ''."""
    if not sys.platform.startswith("linux"):
        return ""
    named = env.get(variable, "").strip()
    return os.path.join(os.path.expanduser(named or usual), "dealflow")


def _platform(kind: str) -> str:
    import platformdirs

    return str(getattr(platformdirs, kind)("dealflow", appauthor=False))


def read(env: Mapping[str, str]) -> dict[str, str]:
    """The configuration file's values; nothing where there is none.

    Errors: Unusable for a file that others can write; UsageError for one that cannot be read.
    """
    path = os.path.join(folder(env), "config.toml")
    try:
        with open(path, "rb") as file:
            _must_be_ours(path, os.fstat(file.fileno()))
            text = file.read()
    except FileNotFoundError:
        return {}
    except OSError as exc:
        raise Unusable(f"cannot read {path}: {(exc.strerror or str(exc)).lower()}") from None
    return _values(path, text)


def _must_be_ours(path: str, info: os.stat_result) -> None:
    if os.name == "posix" and (info.st_uid != os.getuid() or info.st_mode & stat.S_IWOTH):
        raise Unusable(f"{path} can be written by others", f"chmod go-w {path}")


def _values(path: str, text: bytes) -> dict[str, str]:
    import tomllib

    try:
        found = tomllib.loads(text.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise UsageError(f"{path} is not TOML: {exc}") from None
    for key, value in found.items():
        if key not in KEYS:
            raise UnknownWord(f"key in {path}", key, KEYS)
        if not isinstance(value, str):
            raise UsageError(f"{key} in {path} is not text", f'write {key} = "…"')
    return found


def database_path(given: str | None, env: Mapping[str, str], config: Mapping[str, str]) -> str:
    """The database: --db, DEALFLOW_DB, the configuration, then the platform's data folder.

    Error: UsageError for a kind of server that is not known.
    """
    named = given or env.get("DEALFLOW_DB") or config.get("db")
    if named and "://" in named:
        if not named.startswith(("postgresql://", "postgres://")):
            kind = named.partition("://")[0]
            raise UsageError(
                f"'{kind}://' is no database that dealflow knows", "a file, or postgresql://…"
            )
        return named
    if named:
        return os.path.expanduser(named)
    folder = _place("XDG_DATA_HOME", "~/.local/share", env) or _platform("user_data_dir")
    return os.path.join(folder, "pipeline.db")


def state_folder(env: Mapping[str, str]) -> str:
    """Where is kept what this user saw saved (store/witness.py): the platform's state folder."""
    return _place("XDG_STATE_HOME", "~/.local/state", env) or _platform("user_state_dir")


def login_name(env: Mapping[str, str]) -> str:
    """The name of the user's account on this computer; '' where there is none."""
    return env.get("LOGNAME") or env.get("USER") or _account_name()


def _account_name() -> str:
    if os.name != "posix":
        return ""
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return ""
