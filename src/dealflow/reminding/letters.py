"""What each kind of channel is sent: payloads as the services document them. Pure.

Text of the data is plain text everywhere: no service is given it where it would read markup,
mentions or links in it. Sizes are bytes of UTF-8.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote_plus

from dealflow.named import NamedTuple

EMAIL, WECOM, DINGTALK, FEISHU = "email", "wecom", "dingtalk", "feishu"
SLACK, JSON = "slack", "json"

#: the most that a service takes of one text, in bytes (Slack: characters of a block, all of them
#: counted as three bytes would be too few); a little is left for what is said of the rest
_ROOM = {WECOM: 2_000, DINGTALK: 15_000, FEISHU: 15_000, SLACK: 2_900}


class Letter(NamedTuple):
    """One digest for one rep, before it takes the form of a channel."""

    rep: str
    """Handle."""
    day: str
    subject: str
    lines: tuple[str, ...]
    """Clean text, one thing a line."""
    data: dict[str, Any]
    """The same for machines."""


class Post(NamedTuple):
    """What is sent over HTTP: JSON to an address."""

    url: str
    body: bytes
    headers: dict[str, str]


def post(channel: str, letter: Letter, secrets: dict[str, str], now: int) -> Post:
    """The request that brings a letter to a chat robot or a hook; `now` is epoch seconds UTC."""
    url, body, headers = secrets["url"], _BODIES[channel](letter), {}
    if channel == DINGTALK and secrets.get("secret"):
        url += dingtalk_signature(secrets["secret"], now * 1000, "&" if "?" in url else "?")
    if channel == FEISHU and secrets.get("secret"):
        body = {"timestamp": str(now), "sign": feishu_signature(secrets["secret"], now), **body}
    if channel == JSON and secrets.get("token"):
        headers["Authorization"] = f"Bearer {secrets['token']}"
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return Post(url, content, {"Content-Type": "application/json; charset=utf-8", **headers})


def dingtalk_signature(secret: str, milliseconds: int, mark: str = "&") -> str:
    r"""`&timestamp=…&sign=…`: HMAC-SHA256 of "timestamp\nsecret" under the secret."""
    told = f"{milliseconds}\n{secret}".encode()
    digest = hmac.new(secret.encode(), told, hashlib.sha256).digest()
    return f"{mark}timestamp={milliseconds}&sign={quote_plus(base64.b64encode(digest))}"


def feishu_signature(secret: str, seconds: int) -> str:
    r"""HMAC-SHA256 of nothing under "timestamp\nsecret"."""
    key = f"{seconds}\n{secret}".encode()
    return base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()


def fitting(lines: Sequence[str], room: int) -> str:
    """The lines as one text of at most `room` bytes, whole lines only; what is left out is said."""
    kept: list[str] = []
    used = 0
    for number, line in enumerate(lines):
        used += len(line.encode()) + 1
        if used > room:
            return "\n".join([*kept, f"… and {len(lines) - number} more lines: dealflow agenda"])
        kept.append(line)
    return "\n".join(kept)


def _text(channel: str, letter: Letter) -> str:
    return fitting([letter.subject, *letter.lines], _ROOM[channel])


def _wecom(letter: Letter) -> dict[str, Any]:
    return {"msgtype": "text", "text": {"content": _text(WECOM, letter)}}


def _dingtalk(letter: Letter) -> dict[str, Any]:
    return {"msgtype": "text", "text": {"content": _text(DINGTALK, letter)}}


def _feishu(letter: Letter) -> dict[str, Any]:
    """A `post`: its text elements are shown as they are, where a `text` message reads <at …>."""
    told = fitting(letter.lines, _ROOM[FEISHU]).splitlines()
    content = [[{"tag": "text", "text": line}] for line in told]
    return {
        "msg_type": "post",
        "content": {"post": {"zh_cn": {"title": letter.subject, "content": content}}},
    }


def _slack(letter: Letter) -> dict[str, Any]:
    """Blocks of `plain_text`; the notification beside them has its three characters escaped."""
    told = fitting(letter.lines, _ROOM[SLACK])
    plain = {"type": "plain_text", "text": told, "emoji": False}
    head = {"type": "plain_text", "text": letter.subject[:150], "emoji": False}
    notice = letter.subject.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return {
        "text": notice,
        "blocks": [{"type": "header", "text": head}, {"type": "section", "text": plain}],
    }


def _json(letter: Letter) -> dict[str, Any]:
    return letter.data


_BODIES = {WECOM: _wecom, DINGTALK: _dingtalk, FEISHU: _feishu, SLACK: _slack, JSON: _json}
CHANNELS = (EMAIL, *_BODIES)


def answer(channel: str, body: bytes) -> tuple[bool, bool, str]:
    """What a service said with HTTP 200: (taken, worth trying again, its words)."""
    if channel in {SLACK, JSON}:
        return True, False, ""
    try:
        said = json.loads(body)
        code, words = said.get("errcode", said.get("code", said.get("StatusCode"))), said
    except (ValueError, AttributeError):
        return False, False, "the answer is not what this service gives"
    told = str(words.get("errmsg") or words.get("msg") or words.get("StatusMessage") or "")
    return code == 0, code in _TOO_FAST, f"{told} ({code})" if told else f"code {code}"


#: what the services answer where somebody sends too fast: 企业微信, 钉钉, 飞书
_TOO_FAST = {45009, 45033, 130101, 410100, 9499, 11232}
