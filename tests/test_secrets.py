"""What must not be repeated, and who may say what dealflow does."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealflow import config
from dealflow.errors import Unusable
from dealflow.text import masked

SECRET = "s3cr3t-Pa55"
URL = f"postgresql://li:{SECRET}@db.example.com/sales"
QUERY = f"postgresql://db.example.com/sales?user=li&password={SECRET}&sslmode=require"


# ── passwords ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (URL, "postgresql://li:***@db.example.com/sales"),
        (QUERY, "postgresql://db.example.com/sales?user=li&password=***&sslmode=require"),
        ("x://u:a@b@h/p", "x://u:***@h/p"),
        ("see http://example.com:8080/@me", "see http://example.com:8080/@me"),
        ("x://h?sslpassword=q", "x://h?sslpassword=***"),
        ("two x://a:b@c and x://d:e@f", "two x://a:***@c and x://d:***@f"),
        ("password=plain words, no address", "password=plain words, no address"),
        ("li@example.com: hello", "li@example.com: hello"),
    ],
)
def test_passwords_of_addresses_are_taken_out(text, shown):
    assert masked(text) == shown
    assert masked(shown) == shown


_SAFE = st.text("abcXYZ0189-._~!$%&'()*+,;=:@", min_size=1, max_size=20)


@given(_SAFE)
def test_no_password_gets_through(password):
    secret = f"<{password}>"
    assert secret not in masked(f"error: cannot reach postgresql://li:{secret}@host:5432/db now")


@pytest.mark.parametrize("address", [URL, QUERY])
@pytest.mark.parametrize("form", [[], ["--json"]], ids=["words", "json"])
def test_no_message_repeats_a_password(dealflow, address, form):
    for words in (["list"], ["add", "Acme"], ["db", "info"], ["init"], ["sql", "SELECT 1"]):
        said = dealflow("--db", address, *words, *form)
        assert SECRET not in said.out + said.err
        assert said.code != 0
    said = dealflow("history", address, *form)
    assert SECRET not in said.out + said.err


@pytest.mark.file
def test_the_journal_and_the_list_of_what_was_saved_keep_no_password(dealflow, tmp_path):
    """A note may hold an address, and the command line is kept for everybody to read."""
    dealflow.ok("add", "Acme", "--source", URL)
    with closing(sqlite3.connect(dealflow.path)) as con:
        (typed,) = con.execute("SELECT typed FROM command ORDER BY id DESC LIMIT 1").fetchone()
    assert typed == "dealflow add Acme --source postgresql://li:***@db.example.com/sales"
    kept = [p for p in (tmp_path / "state").rglob("*") if p.is_file()]
    assert kept
    for path in kept:
        assert SECRET not in path.read_text("utf-8")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("debug", ["", "1"])
def test_a_bug_tells_no_password(dealflow, monkeypatch, tmp_path, debug):
    """As if the code itself raised something unforeseen that holds the address."""
    monkeypatch.setenv("DEALFLOW_DEBUG", debug)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)

    def broken(*_, **__):
        raise RuntimeError(f"no answer from {URL}")

    monkeypatch.setattr("dealflow.store.database.Database", broken)
    said = dealflow("list")
    assert (said.code, said.out) == (1, "")
    assert SECRET not in said.err
    assert ("Traceback" in said.err) == (debug == "1")
    reports = list(tmp_path.glob("dealflow-bug-*"))
    assert len(reports) == (debug != "1")
    for report in reports:
        assert stat.S_IMODE(report.stat().st_mode) == 0o600
        assert SECRET not in report.read_text()
        assert "RuntimeError" in report.read_text()


@pytest.mark.file
def test_errors_of_the_python_api_hold_no_values(dealflow):
    from sqlalchemy import text
    from sqlalchemy.exc import DBAPIError

    from dealflow.store.api import engine

    with engine(str(dealflow.path)).connect() as conn, pytest.raises(DBAPIError) as told:
        conn.execute(text("SELECT * FROM nowhere WHERE a = :a"), {"a": SECRET})
    assert SECRET not in str(told.value)


# ── the configuration ─────────────────────────────────────────────────────────────────────────

posix = pytest.mark.skipif(os.name != "posix", reason="owners and modes are a matter of POSIX")


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "conf"
    made.mkdir(mode=0o700)
    (made / "config.toml").write_text('rep = "wang"\n')
    os.chmod(made / "config.toml", 0o600)
    return made


def read(folder):
    return config.read({"DEALFLOW_CONFIG_DIR": str(folder)})


@posix
@pytest.mark.parametrize(("file", "place"), [(0o600, 0o700), (0o644, 0o755), (0o400, 0o500)])
def test_a_configuration_of_ones_own_is_read(folder, file, place):
    os.chmod(folder / "config.toml", file)
    os.chmod(folder, place)
    assert read(folder) == {"rep": "wang"}


@posix
@pytest.mark.parametrize(("what", "mode"), [("config.toml", 0o606), ("config.toml", 0o602), (".", 0o707), (".", 0o1777)])  # fmt: skip
def test_a_configuration_that_others_can_write_is_refused(folder, what, mode):
    os.chmod(folder / what, mode)
    with pytest.raises(Unusable, match="can be written by others") as told:
        read(folder)
    assert told.value.exit_code == 7
    assert told.value.hint.startswith("chmod go-w ")


@posix
@pytest.mark.skipif(os.name != "posix" or os.getuid() != 0, reason="gives files away")
@pytest.mark.parametrize("what", ["config.toml", "."])
def test_a_configuration_of_somebody_else_or_of_a_group_is_refused(folder, what):
    os.chown(folder / what, 0, 4321)
    os.chmod(folder / what, 0o770)
    with pytest.raises(Unusable, match="can be written by others"):
        read(folder)
    os.chmod(folder / what, 0o700)
    os.chown(folder / what, 2001, -1)
    with pytest.raises(Unusable, match="belongs to somebody else"):
        read(folder)


@posix
def test_a_group_of_ones_own_is_nobody_else(folder, monkeypatch):
    """Many systems give every user a group of that name, and a umask of 002."""
    import grp
    import pwd

    me = pwd.getpwuid(os.getuid())
    os.chmod(folder / "config.toml", 0o660)
    os.chown(folder / "config.toml", -1, me.pw_gid)
    alone = grp.struct_group((me.pw_name, "x", me.pw_gid, []))
    for members, name, refused in (([], me.pw_name, 0), (["x"], me.pw_name, 1), ([], "users", 1)):
        group = grp.struct_group((name, "x", me.pw_gid, members))
        monkeypatch.setattr(grp, "getgrgid", lambda _, group=group: group)
        if refused:
            with pytest.raises(Unusable, match="can be written by others"):
                read(folder)
        else:
            assert group == alone
            assert read(folder) == {"rep": "wang"}


@posix
@pytest.mark.parametrize(("mode", "read_by"), [(0o600, 0), (0o640, 1), (0o604, 1)])
def test_a_password_is_not_left_where_others_can_read_it(folder, mode, read_by):
    (folder / "config.toml").write_text(f'db = "{URL}"\n')
    os.chmod(folder / "config.toml", mode)
    if read_by:
        with pytest.raises(Unusable, match="holds a password and can be read by others") as told:
            read(folder)
        assert SECRET not in f"{told.value.message} {told.value.hint}"
    else:
        assert read(folder) == {"db": URL}


@posix
def test_where_a_link_leads_counts_as_well(folder, tmp_path):
    elsewhere = tmp_path / "dotfiles"
    elsewhere.mkdir(mode=0o700)
    (folder / "config.toml").rename(elsewhere / "config.toml")
    (folder / "config.toml").symlink_to(elsewhere / "config.toml")
    assert read(folder) == {"rep": "wang"}
    os.chmod(elsewhere, 0o777)
    with pytest.raises(Unusable, match="dotfiles can be written by others"):
        read(folder)


@posix
def test_the_refusal_is_an_answer_of_every_command_that_would_read_it(dealflow, tmp_path):
    place = tmp_path / "config"
    place.mkdir(exist_ok=True)
    (place / "config.toml").write_text('format = "json"\n')
    os.chmod(place / "config.toml", 0o666)
    said = dealflow("list")
    assert (said.code, said.out) == (7, "")


def test_nothing_is_read_from_the_folder_one_stands_in(dealflow, tmp_path, monkeypatch):
    here = tmp_path / "here"
    here.mkdir()
    for name in ("config.toml", "dealflow.toml", ".dealflow", ".dealflow.toml"):
        (here / name).write_text('format = "json"\nrep = "nobody"\n')
    monkeypatch.chdir(here)
    assert dealflow.ok("list").out.startswith("id\t")
