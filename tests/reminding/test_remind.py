"""`dealflow remind`: who is told what, by which way, once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import signal
import subprocess
import sys
from urllib.parse import parse_qs, urlsplit

import pytest

SMTP = (
    '[email]\nserver = "127.0.0.1:{port}"\nsecurity = "none"\nfrom = "dealflow <crm@example.com>"\n'
)


def states(said):
    return [(row["rep"], row["channel"], row["state"]) for row in said.data]


# ── on the terminal ───────────────────────────────────────────────────────────────────────────


def test_on_the_terminal_one_is_told_ones_own_day(team):
    assert team.ok("remind").out.splitlines() == [
        "li: 2 late, 1 due · 2026-07-01",
        "",
        "Late",
        "! 1: 3 days late · send quote (to a decision) · deal 1 水泵 · 华联 · ¥480,000 · grade A",
        "- 2: 1 day late · call · deal 1 水泵 · 华联 · ¥480,000 · grade A",
        "",
        "Due",
        "- 3: today · demo · deal 1 水泵 · 华联 · ¥480,000 · grade A",
        "",
        "done: dealflow done N · later: dealflow snooze N +2d",
    ]


def test_a_manager_is_told_what_stays_late_and_to_hand_over_what_stays_longer(team):
    told = team.ok("remind", "--for", "zhao").out
    assert "Late in your team, 5 days or more\n- wang: 5: 6 days late" in told
    assert "hand it over" not in told
    team.at("2026-07-02T10:00:00+08:00")
    told = team.ok("remind", "--for", "zhao").out
    assert "7 days late · visit · deal 2 Valves — hand it over?" in told
    assert "dealflow hand-over --from wang --to REP id:2" in told
    handed = team.ok("hand-over", "--from", "wang", "--to", "li", "id:2", "--yes")
    assert team.json("show", "2")["owner"] == "li", handed.err


def test_without_a_set_manager_the_managers_of_the_deal_are_told(team):
    team.ok("settings", "set", "manager.north", "none")
    assert team.ok("remind", "--for", "zhao").out == "nothing is late or due\n"
    team.ok("join", "2", "zhao", "--role", "Manager")
    told = team.ok("remind", "--for", "zhao").out
    assert "Late in your team, 5 days or more\n- wang: 5: 6 days late" in told
    team.ok("join", "2", "zhao", "--role", "经理")
    assert "- wang: 5: 6 days late" in team.ok("remind", "--for", "zhao").out
    team.ok("join", "2", "zhao", "--role", "support")
    assert team.ok("remind", "--for", "zhao").out == "nothing is late or due\n"


def test_a_set_manager_is_told_and_not_the_deals_as_well(team):
    team.ok("reps", "add", "qian")
    team.ok("join", "2", "qian", "--role", "manager")
    assert team.ok("remind", "--for", "qian").out == "nothing is late or due\n"
    assert "- wang: 5" in team.ok("remind", "--for", "zhao").out


def test_the_ladder_is_a_setting_and_can_be_taken_away(team):
    team.ok("settings", "set", "escalate.manager", "0")
    assert team.ok("remind", "--for", "zhao").out == "nothing is late or due\n"
    assert team("settings", "set", "escalate.manager", "soon").code == 2
    team.ok("settings", "set", "manager.north", "none")
    assert team("settings", "set", "manager.north", "nobody").code == 3


def test_days_ahead_and_a_filter(team):
    assert "later · deal" not in team.ok("remind").out
    assert "4: tomorrow · later" in team.ok("remind", "--days", "1").out
    assert team.ok("remind", "value:<1").out == "nothing is late or due\n"


def test_machines_get_the_same_as_json(team):
    (digest,) = team.json("remind")["digests"]
    assert [item["follow_up"] for item in digest["late"]] == [1, 2]
    assert digest["late"][0]["days_late"] == 3
    assert digest["due"][0]["what"] == "demo"


def test_what_is_stored_cannot_act_on_the_reader(team):
    team.ok("plan", "1", "2026-07-01", "evil\x1b]52;c;x\x07\u202e name")
    told = team.ok("remind").out
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert "\\x1b]52;c;x\\x07\\u202e name" in told


# ── by mail ───────────────────────────────────────────────────────────────────────────────────


def test_everybody_gets_one_mail_and_no_second_one(team, mailbox, set_up):
    set_up(SMTP.format(port=mailbox.port))
    said = team.ok("remind", "--json")
    assert states(said) == [(rep, "email", "sent") for rep in ("li", "wang", "zhao")]
    assert [mail["To"] for mail in mailbox.mails] == [
        f"{rep}@example.com" for rep in ("li", "wang", "zhao")
    ]
    first = mailbox.mails[0]
    assert first["From"] == "dealflow <crm@example.com>"
    assert first["Subject"] == "2 late, 1 due · 2026-07-01"
    assert "! 1: 3 days late · send quote" in first.get_content()
    assert {row["state"] for row in team.ok("remind", "--json").data} == {"sent before"}
    assert len(mailbox.mails) == 3


def test_a_new_day_is_a_new_reminder_and_again_is_another_message(team, mailbox, set_up):
    set_up(SMTP.format(port=mailbox.port))
    team.ok("remind", "--for", "li")
    team.ok("remind", "--for", "li", "--again")
    team.at("2026-07-02T10:00:00+08:00")
    team.ok("remind", "--for", "li")
    names = [mail["Message-ID"] for mail in mailbox.mails]
    assert len(names) == len(set(names)) == 3


def test_who_has_no_address_is_said(team, mailbox, set_up):
    set_up(SMTP.format(port=mailbox.port))
    team.ok("reps", "edit", "wang", "--email", "none")
    said = team.ok("remind", "--json")
    assert states(said)[1] == ("wang", "email", "no address")


def test_a_refused_mail_is_said_and_sent_by_the_next_run(team, mailbox, set_up):
    set_up(SMTP.format(port=mailbox.port))
    mailbox.refuse = ["550 no such user"]
    said = team("remind", "--json")
    assert said.code == 11
    assert said.data[0]["state"] == "failed"
    assert "550" in said.data[0]["why"]
    assert states(team.ok("remind", "--json")) == [
        ("li", "email", "sent"),
        ("wang", "email", "sent before"),
        ("zhao", "email", "sent before"),
    ]


def test_a_mail_address_cannot_bring_headers_along(team, mailbox, set_up):
    set_up(SMTP.format(port=mailbox.port))
    team.ok("reps", "edit", "li", "--email", "li@example.com\nBcc: x@y.z")
    said = team("remind", "--for", "li", "--json")
    assert (said.code, said.data[0]["state"]) == (11, "failed")
    assert mailbox.mails == []


def test_a_rehearsal_prints_the_mail_and_sends_nothing(team, mailbox, set_up):
    set_up(SMTP.format(port=mailbox.port))
    before = team.state()
    (one,) = team.ok("remind", "--for", "wang", "--dry-run", "--json").data["reminders"]
    assert (one["rep"], one["channel"], one["to"]) == ("wang", "email", "wang@example.com")
    rehearsed = one["payload"]
    assert mailbox.mails == []
    assert team.state() == before
    team.ok("remind", "--for", "wang")
    sent = mailbox.mails[0]
    assert f"Message-ID: {sent['Message-ID']}" in rehearsed
    assert f"Date: {sent['Date']}" in rehearsed


def test_without_a_server_the_next_run_can_send(team, set_up, mailbox):
    set_up(SMTP.format(port=9))
    team.monkeypatch.setattr("time.sleep", lambda _: None)
    said = team("remind", "--for", "li", "--json")
    assert (said.code, said.data[0]["state"]) == (11, "failed")
    assert "cannot be reached" in said.data[0]["why"]
    set_up(SMTP.format(port=mailbox.port))
    assert states(team.ok("remind", "--for", "li", "--json")) == [("li", "email", "sent")]


@pytest.mark.file
def test_runs_that_are_killed_send_everything_and_nothing_twice(team, mailbox, set_up, tmp_path):
    """Killed in the middle of a letter, again and again."""
    for number in range(12):
        team.ok("reps", "add", f"rep{number}", "--email", f"rep{number}@example.com")
        team.ok("add", f"Deal {number}", "--owner", f"rep{number}", "--next", "today")
    set_up(SMTP.format(port=mailbox.port))
    env = {**os.environ, "DEALFLOW_NOW": "2026-07-01T10:00:00+08:00"}
    for taken in range(1, 14, 3):
        mailbox.silent_after = taken
        mailbox.fell_silent.clear()
        with subprocess.Popen([sys.executable, "-m", "dealflow", "remind"], env=env) as run:
            assert mailbox.fell_silent.wait(20)
            run.send_signal(signal.SIGKILL)
    mailbox.silent_after = None
    team.ok("remind")
    names = [mail["Message-ID"] for mail in mailbox.mails]
    assert len(names) == len(set(names)) == 15


# ── in a chat ─────────────────────────────────────────────────────────────────────────────────


def test_wecom_gets_a_text(team, hook, set_up):
    set_up(f'[wecom]\nurl = "{hook.url}/send?key=k1"\n')
    team.ok("remind", "--for", "li", "--by", "wecom")
    ((path, _, body),) = hook.posts
    assert path == "/send?key=k1"
    assert body["msgtype"] == "text"
    assert body["text"]["content"].startswith("2 late, 1 due · 2026-07-01\nLate\n! 1: 3 days late")


def test_dingtalk_is_signed(team, hook, set_up):
    set_up(f'[dingtalk]\nurl = "{hook.url}/robot?access_token=t"\nsecret = "SECabc"\n')
    team.ok("remind", "--for", "li")
    asked = parse_qs(urlsplit(hook.posts[0][0]).query)
    stamp = "1782871200000"  # 2026-07-01T10:00:00+08:00 in milliseconds
    digest = hmac.new(b"SECabc", f"{stamp}\nSECabc".encode(), hashlib.sha256).digest()
    assert asked["timestamp"] == [stamp]
    assert asked["sign"] == [base64.b64encode(digest).decode()]
    assert asked["access_token"] == ["t"]


def test_feishu_is_signed_and_its_text_is_no_markup(team, hook, set_up):
    hook.usual = (200, {}, b'{"code":0,"msg":"success"}')
    set_up(f'[feishu]\nurl = "{hook.url}/hook"\nsecret = "s3"\n')
    team.ok("plan", "1", "2026-07-01", '<at user_id="all">x</at>')
    team.ok("remind", "--for", "li")
    body = hook.posts[0][2]
    digest = hmac.new(b"1782871200\ns3", b"", hashlib.sha256).digest()
    assert (body["timestamp"], body["sign"]) == ("1782871200", base64.b64encode(digest).decode())
    assert body["msg_type"] == "post"
    tags = {part["tag"] for line in body["content"]["post"]["zh_cn"]["content"] for part in line}
    assert tags == {"text"}


def test_slack_gets_plain_text_that_calls_nobody(team, hook, set_up):
    hook.usual = (200, {}, b"ok")
    set_up(f'[slack]\nurl = "{hook.url}/T/B/x"\n')
    team.ok("plan", "1", "2026-07-01", "<!channel> *hi*")
    team.ok("remind", "--for", "li")
    body = hook.posts[0][2]
    assert {block["text"]["type"] for block in body["blocks"]} == {"plain_text"}
    assert "<" not in body["text"]


def test_json_gets_the_digest_and_a_token(team, hook, set_up):
    hook.usual = (204, {}, b"")
    set_up(f'[json]\nurl = "{hook.url}/in"\ntoken = "tt"\n')
    team.ok("remind", "--for", "li")
    _, headers, body = hook.posts[0]
    assert headers["Authorization"] == "Bearer tt"
    assert body == team.json("remind", "--by", "terminal")["digests"][0]


def test_a_rep_can_have_a_robot_of_their_own(team, hook, set_up):
    set_up(f'[wecom]\nurl = "{hook.url}/all"\n[wecom.reps]\nli = "{hook.url}/li"\n')
    team.ok("remind", "--for", "li")
    team.ok("remind", "--for", "wang")
    assert [path for path, _, _ in hook.posts] == ["/li", "/all"]


def test_a_robot_that_refuses_is_no_success(team, hook, set_up):
    hook.usual = (200, {}, b'{"errcode":93000,"errmsg":"invalid webhook url"}')
    set_up(f'[wecom]\nurl = "{hook.url}/send"\n')
    said = team("remind", "--for", "li", "--json")
    assert (said.code, said.data[0]["state"]) == (11, "failed")
    assert said.data[0]["why"] == "refused: invalid webhook url (93000)"


def test_too_fast_is_waited_for_as_long_as_the_service_says(team, hook, set_up):
    waits = []
    team.monkeypatch.setattr("time.sleep", waits.append)
    hook.answers = [(429, {"Retry-After": "7"}, b""), (200, {}, b'{"errcode":0}')]
    set_up(f'[wecom]\nurl = "{hook.url}/send"\n')
    assert states(team.ok("remind", "--for", "li", "--json")) == [("li", "wecom", "sent")]
    assert waits == [7.0]


def test_a_robot_is_not_sent_more_than_it_takes_in_a_minute(team, hook, set_up):
    waits = []
    team.monkeypatch.setattr("time.sleep", waits.append)
    set_up(f'[wecom]\nurl = "{hook.url}/send"\n')
    team.ok("remind")
    assert len(hook.posts) == 3
    assert len(waits) == 2
    assert all(60 / wait < 20 for wait in waits)


def test_a_redirect_is_not_followed(team, hook, set_up):
    hook.answers = [(302, {"Location": f"{hook.url}/elsewhere"}, b"")]
    set_up(f'[wecom]\nurl = "{hook.url}/send"\n')
    assert team("remind", "--for", "li").code == 11
    assert len(hook.posts) == 1


def test_a_rehearsal_shows_the_body_and_not_the_key(team, hook, set_up):
    set_up(f'[wecom]\nurl = "{hook.url}/send?key=very-secret"\n')
    said = team.ok("remind", "--for", "li", "--dry-run")
    assert '"msgtype":"text"' in said.out
    assert "very-secret" not in said.out + said.err
    assert hook.posts == []


# ── setting it up ─────────────────────────────────────────────────────────────────────────────


def test_a_file_that_others_can_read_is_refused(team, set_up):
    set_up('[slack]\nurl = "https://hooks.example.com/x"\n', 0o644)
    said = team("remind")
    assert said.code == 7
    assert "can be read by others" in said.err
    assert "chmod 600" in said.err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[fax]\nnumber = "1"\n', "unknown channel"),
        ('[slack]\nuri = "https://x"\n', "unknown key of slack"),
        ('[slack]\nurl = "http://example.com/x?key=secret"\n', "does not begin with https://"),
        ("[slack]\nurl = 1\n", "is not text"),
        ('[email]\nserver = "mail"\nsecurity = "maybe"\n', "unknown security"),
        ('[email]\nuser = "x"\n', "the mail server is not named"),
        ("slack = 1\n", "is no table"),
        ("[slack", "is not TOML"),
    ],
)
def test_what_makes_no_sense_is_named_without_its_secrets(team, set_up, text, told):
    set_up(text)
    said = team("remind")
    assert (said.code, said.out) == (2, "")
    assert told in said.err
    assert "secret" not in said.err


def test_a_channel_that_is_not_set_up_is_named(team):
    said = team("remind", "--by", "slack")
    assert said.code == 7
    assert "slack is not set up" in said.err
    assert team("remind", "--by", "pigeon").code == 2


def test_the_environment_can_hold_all_of_it(team, hook):
    team.monkeypatch.setenv("DEALFLOW_WECOM_URL", f"{hook.url}/env")
    team.ok("remind", "--for", "li")
    assert hook.posts[0][0] == "/env"


def test_reminders_are_sent_now(team, hook, set_up):
    set_up(f'[wecom]\nurl = "{hook.url}/send"\n')
    assert team("remind", "--as-of", "2026-06-29").code == 2
    told = team.ok("remind", "--as-of", "2026-06-29", "--dry-run").out
    assert "1 late, 1 due" not in told
    assert "1 late" in told
    assert hook.posts == []


@pytest.mark.skipif(os.name != "posix", reason="locks of files")
def test_two_runs_at_once_do_not_both_send(team, hook, set_up, tmp_path):
    import fcntl

    set_up(f'[wecom]\nurl = "{hook.url}/send"\n')
    folder = tmp_path / "state" / "dealflow"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "remind.lock", "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        said = team("remind")
    assert said.code == 6
    assert "another run is sending" in said.err
    assert hook.posts == []
