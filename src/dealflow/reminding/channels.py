"""Where reminders go to, and the secrets for it: from a file of one's own, or the environment.

# reminders.toml, beside config.toml, mode 0600
[email]
server = "smtp.example.com:587"
security = "starttls"            # starttls, tls, none
user = "crm@example.com"
password = "…"
from = "dealflow <crm@example.com>"

[wecom]                          # 企业微信; dingtalk, feishu, slack and json likewise
url = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…"

[wecom.reps]                     # a rep's own robot
li = "https://…"

Each value can come from the environment: DEALFLOW_EMAIL_PASSWORD, DEALFLOW_WECOM_URL …
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from dealflow import config
from dealflow.errors import UnknownWord, UsageError
from dealflow.frozen import Frozen
from dealflow.reminding.letters import CHANNELS, DINGTALK, EMAIL, FEISHU, JSON

FILE = "reminders.toml"
_KEYS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(CHANNELS, ("url",)),
    EMAIL: ("server", "security", "user", "password", "from"),
    DINGTALK: ("url", "secret"),
    FEISHU: ("url", "secret"),
    JSON: ("url", "token"),
}
SECURITY = ("starttls", "tls", "none")
_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class Channel(Frozen):
    """One way to reach people, ready to use."""

    name: str
    values: Mapping[str, str]
    """As configured; secrets among them."""
    own: Mapping[str, str]
    """Addresses of single reps, by handle."""

    def secrets(self, handle: str) -> dict[str, str]:
        """What is needed to send to a rep; without `url` where there is no address for them."""
        url = self.own.get(handle) or self.values.get("url")
        return {**self.values, **({"url": url} if url else {})}

    @property
    def host(self) -> tuple[str, int]:
        """Name and port of the mail server. Error: UsageError."""
        host, colon, port = self.values["server"].rpartition(":")
        if not colon or host.endswith(":"):
            return self.values["server"], _PORTS[self.security]
        if not port.isdecimal():
            raise UsageError(f"'{self.values['server']}' is no mail server", "host:port")
        return host, int(port)

    @property
    def security(self) -> str:
        return self.values.get("security", "starttls")


def configured(env: Mapping[str, str]) -> dict[str, Channel]:
    """The channels that are set up, by name.

    Errors: Unusable where others could read or write the file; UsageError, UnknownWord for what in
    it makes no sense.
    """
    found = config.read_private(env, FILE)
    for name in found:
        if name not in CHANNELS:
            raise UnknownWord(f"channel in {FILE}", name, CHANNELS)
    channels = {name: _channel(name, found.get(name, {}), env) for name in CHANNELS}
    return {name: channel for name, channel in channels.items() if channel.values or channel.own}


def _channel(name: str, table: Any, env: Mapping[str, str]) -> Channel:
    if not isinstance(table, dict):
        raise UsageError(f"{name} in {FILE} is no table", f"write [{name}]")
    table = dict(table)
    own = table.pop("reps", {})
    if not isinstance(own, dict):
        raise UsageError(f"{name}.reps in {FILE} is no table", f"write [{name}.reps]")
    for key in table:
        if key not in _KEYS[name]:
            raise UnknownWord(f"key of {name} in {FILE}", key, _KEYS[name])
    for key in _KEYS[name]:
        given = env.get(f"DEALFLOW_{name}_{key}".upper())
        table |= {key: given} if given else {}
    for key, value in {**table, **own}.items():
        if not isinstance(value, str):
            raise UsageError(f"{key} of {name} in {FILE} is not text", f'write {key} = "…"')
    channel = Channel(name=name, values=table, own=own)
    _check(channel)
    return channel


def _check(channel: Channel) -> None:
    if channel.name == EMAIL:
        if channel.values and "server" not in channel.values:
            raise UsageError(
                "the mail server is not named", "server in [email], or DEALFLOW_EMAIL_SERVER"
            )
        if channel.security not in SECURITY:
            raise UnknownWord("security", channel.security, SECURITY)
        return
    for url in (*channel.own.values(), channel.values.get("url", "")):
        if url:
            must_be_safe(url, channel.name)


def must_be_safe(url: str, what: str) -> None:
    """Secrets go over TLS, or stay on this computer. Error: UsageError, without the address."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme == "http" and parts.hostname in _LOOPBACK:
        return
    raise UsageError(f"the address of {what} does not begin with https://", f"url in [{what}]")
