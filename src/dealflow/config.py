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
from typing import Any

from dealflow.errors import UnknownWord, Unusable, UsageError
from dealflow.text import masked
from dealflow.typed import quoted

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

    Errors: Unusable for a file, or its folder, that others can write, or read where it holds a
    password; UsageError for a file that cannot be read.
    """
    path = os.path.join(folder(env), "config.toml")
    found, info = _toml(path)
    _check(path, found)
    if info and any(masked(value) != value for value in found.values()):
        _must_be_private(path, info)
    return found


def read_private(env: Mapping[str, str], name: str) -> dict[str, Any]:
    """The values of another file beside it, which holds secrets; nothing where there is none.

    Errors: as `read`.
    """
    path = os.path.join(folder(env), name)
    found, info = _toml(path)
    if info:
        _must_be_private(path, info)
    return found


def _toml(path: str) -> tuple[dict[str, Any], os.stat_result | None]:
    """A file's values, and what is known of the file; None where there is no file."""
    import tomllib

    try:
        with open(path, "rb") as file:
            info = os.fstat(file.fileno())
            _must_be_ours(path, info)
            text = file.read()
    except FileNotFoundError:
        return {}, None
    except OSError as exc:
        raise Unusable(f"cannot read {path}: {(exc.strerror or str(exc)).lower()}") from None
    try:
        return tomllib.loads(text.decode()), info
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise UsageError(f"{path} is not TOML: {exc}") from None


def _must_be_private(path: str, info: os.stat_result) -> None:
    """A password is not left where others can read it. Error: Unusable."""
    if os.name == "posix" and info.st_mode & (stat.S_IRGRP | stat.S_IROTH):
        raise Unusable(
            f"{path} holds a password and can be read by others", f"chmod 600 {quoted(path)}"
        )


def must_be_ours(path: str) -> None:
    """Nobody else may have written the file or its folder. Error: Unusable."""
    _must_be_ours(path, os.stat(path))


def _must_be_ours(path: str, info: os.stat_result) -> None:
    """Nobody else may be able to write the file, or put another one in its place.

    A group that is the user's alone, as many systems give everybody one, is nobody else; so is
    the administrator. A link is judged by where it stands and by where it leads.
    """
    if os.name != "posix":
        return
    folders = {os.path.dirname(os.path.abspath(path)), os.path.dirname(os.path.realpath(path))}
    for name, found in ((path, info), *((one, os.stat(one)) for one in sorted(folders))):
        if found.st_uid not in {os.getuid(), 0}:
            raise Unusable(f"{name} belongs to somebody else, who could change what dealflow does")
        if found.st_mode & stat.S_IWOTH or (found.st_mode & stat.S_IWGRP and _is_shared(found)):
            raise Unusable(f"{name} can be written by others", f"chmod go-w {quoted(name)}")


def _is_shared(info: os.stat_result) -> bool:
    """Whether the group of a file may have others in it."""
    import grp
    import pwd

    try:
        group, user = grp.getgrgid(info.st_gid), pwd.getpwuid(os.getuid())
    except KeyError:
        return True
    own = group.gr_gid == user.pw_gid and group.gr_name == user.pw_name
    return not own or bool(set(group.gr_mem) - {user.pw_name})


def _check(path: str, found: Mapping[str, Any]) -> None:
    for key, value in found.items():
        if key not in KEYS:
            raise UnknownWord(f"key in {path}", key, KEYS)
        if not isinstance(value, str):
            raise UsageError(f"{key} in {path} is not text", f'write {key} = "…"')


def database_path(given: str | None, env: Mapping[str, str], config: Mapping[str, str]) -> str:
    """The database: --db, DEALFLOW_DB, the configuration, then the platform's data folder.

    Error: UsageError for a kind of server that is not known, and for a name that is empty: a script
    with a variable that was never set would write into the default database.
    """
    said = (("--db", given), ("DEALFLOW_DB", env.get("DEALFLOW_DB")), ("db", config.get("db")))
    where, named = next((one for one in said if one[1] is not None), ("", None))
    if named is not None and not named.strip():
        raise UsageError(f"{where} is empty", f"name a database, or leave {where} out")
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
