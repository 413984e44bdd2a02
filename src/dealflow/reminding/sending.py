"""Handing a letter over: SMTP and HTTPS by the standard library, with a pace and a few attempts."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from dealflow.output.text import clean
from dealflow.reminding.channels import Channel
from dealflow.reminding.letters import DINGTALK, FEISHU, SLACK, WECOM, Letter, Post, answer

#: seconds that lie between two messages to one robot: 企业微信 and 钉钉 take 20 a minute, 飞书 100
#: and 5 a second, Slack one a second
PACE = {WECOM: 3.1, DINGTALK: 3.1, FEISHU: 0.7, SLACK: 1.1}
PATIENCE = 15.0
"""Seconds for which a server may keep silent."""
ATTEMPTS = 3
_LONGEST_WAIT = 60.0
_MOST = 65_536


class NotSent(Exception):
    """Why a letter was not sent. `sure`: whether it certainly did not arrive."""

    def __init__(self, why: str, *, sure: bool = True, again_in: float | None = None) -> None:
        super().__init__(why)
        self.why, self.sure, self.again_in = clean(why), sure, again_in


def deliver(send: Callable[[], None], pause: Callable[[float], None]) -> None:
    """Send, and where the service is busy or not there, try again later. Error: NotSent."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            send()
        except NotSent as exc:
            if attempt == ATTEMPTS or exc.again_in is None:
                raise
            pause(min(exc.again_in * attempt, _LONGEST_WAIT))
        else:
            return


# ── HTTPS ─────────────────────────────────────────────────────────────────────────────────────


class _Stay(HTTPRedirectHandler):
    """A robot's address does not lead elsewhere: its key would go with it."""

    def redirect_request(self, *_: Any) -> None:
        return None


def send_post(channel: str, ready: Post) -> None:
    """Error: NotSent."""
    request = Request(ready.url, data=ready.body, headers=ready.headers, method="POST")  # noqa: S310 judged by channels.must_be_safe
    try:
        with build_opener(_Stay).open(request, timeout=PATIENCE) as said:
            taken, too_fast, words = answer(channel, said.read(_MOST))
    except HTTPError as exc:
        raise _refused(exc) from None
    except URLError as exc:
        raise NotSent(f"cannot be reached: {exc.reason}", again_in=2.0) from None
    except (OSError, HTTPException) as exc:
        raise NotSent(f"no answer: {exc or type(exc).__name__}", sure=False) from None
    if not taken:
        raise NotSent(f"refused: {words}", again_in=_LONGEST_WAIT if too_fast else None)


def _refused(error: HTTPError) -> NotSent:
    later = error.headers.get("Retry-After", "")
    wait = float(later) if later.isdecimal() else 2.0
    temporary = error.code == 429 or error.code >= 500
    with error:
        said = error.read(200).decode("utf-8", "replace").strip()
    words = f"refused with HTTP {error.code}" + (f": {said}" if said else "")
    return NotSent(words, again_in=wait if temporary else None)


# ── SMTP ──────────────────────────────────────────────────────────────────────────────────────


def mail_for(letter: Letter, channel: Channel, to: str, identity: str, now: int) -> EmailMessage:
    """The mail as it is sent. `identity` names the reminder: sent twice, it is the same message.

    Error: NotSent for an address that is none.
    """
    sender = channel.values.get("from") or channel.values.get("user") or "dealflow@localhost"
    mail = EmailMessage(policy=SMTP)
    try:
        mail["To"] = Address(addr_spec=to)
    except (ValueError, IndexError, HeaderParseError):
        raise NotSent(f"'{to}' is no mail address") from None
    mail["From"], mail["Subject"] = sender, letter.subject
    mail["Date"] = format_datetime(datetime.fromtimestamp(now, UTC))
    mail["Message-ID"] = f"<{identity}@dealflow.invalid>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content("\n".join(letter.lines) + "\n", charset="utf-8")
    return mail


def send_mail(channel: Channel, mail: EmailMessage) -> None:
    """Error: NotSent."""
    server = _connected(channel)
    try:
        server.send_message(mail)
    except smtplib.SMTPRecipientsRefused as exc:
        code, words = next(iter(exc.recipients.values()))
        raise NotSent(f"the address was refused with {code}: {_words(words)}") from None
    except smtplib.SMTPResponseException as exc:
        raise _not_taken(exc) from None
    except (smtplib.SMTPNotSupportedError, ValueError) as exc:
        raise NotSent(str(exc)) from None
    except (OSError, smtplib.SMTPException) as exc:
        raise NotSent(f"the connection was lost: {exc}", sure=False) from None
    finally:
        _hang_up(server)


def _connected(channel: Channel) -> smtplib.SMTP:
    """Connected and logged in. Error: NotSent."""
    host, port = channel.host
    context = ssl.create_default_context()
    try:
        if channel.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=PATIENCE, context=context)
        else:
            server = smtplib.SMTP(host, port, timeout=PATIENCE)
        if channel.security == "starttls":
            server.starttls(context=context)
        if channel.values.get("password"):
            server.login(channel.values.get("user", ""), channel.values["password"])
    except smtplib.SMTPResponseException as exc:
        raise _not_taken(exc) from None
    except (ssl.SSLError, smtplib.SMTPNotSupportedError) as exc:
        raise NotSent(str(exc)) from None
    except (OSError, smtplib.SMTPException) as exc:
        raise NotSent(f"cannot be reached: {exc}", again_in=2.0) from None
    return server


def _hang_up(server: smtplib.SMTP) -> None:
    """What the server says to a goodbye does not matter any more."""
    with suppress(OSError, smtplib.SMTPException):
        server.quit()


def _not_taken(error: smtplib.SMTPResponseException) -> NotSent:
    temporary = 400 <= error.smtp_code < 500
    words = f"refused with {error.smtp_code}: {_words(error.smtp_error)}"
    return NotSent(words, again_in=5.0 if temporary else None)


def _words(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said
