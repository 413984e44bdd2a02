"""Domains of e-mail addresses: whose a visitor of a web page or a reader of an e-mail is. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

#: domains that give addresses to anybody: two people there need not know each other
_SHARED = """
gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com ymail.com aol.com
icloud.com me.com mac.com gmx.com gmx.de gmx.net web.de t-online.de freenet.de mail.com
mail.ru yandex.ru yandex.com proton.me protonmail.com zoho.com fastmail.com hey.com
orange.fr wanadoo.fr free.fr laposte.net libero.it btinternet.com comcast.net verizon.net
att.net hotmail.co.uk yahoo.co.uk yahoo.co.jp yahoo.fr hotmail.fr yahoo.de hotmail.de
outlook.fr outlook.de naver.com daum.net hanmail.net
qq.com vip.qq.com foxmail.com 163.com vip.163.com 126.com yeah.net 188.com sina.com sina.cn
vip.sina.com sohu.com tom.com 21cn.com 139.com 189.cn wo.cn aliyun.com
"""
SHARED = frozenset(_SHARED.split())
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_HOST = rf"{_LABEL}(?:\.{_LABEL})+"
_LONGEST = 253


def host(text: str) -> str | None:
    """The domain in an address, a link or a bare name: `https://www.Acme.com/x` → `acme.com`.

    In small letters and without `www.`; None where there is none.
    """
    told = text.strip().casefold().rpartition("@")[2]
    told = re.sub(r"^\w+://", "", told)
    told = re.split(r"[/?#:]", told, maxsplit=1)[0].strip(". ").removeprefix("www.")
    return told if len(told) <= _LONGEST and re.fullmatch(_HOST, told) else None


def address(text: str) -> str | None:
    """An e-mail address as it is compared: `Zhao <Zhao@Acme.com>` → `zhao@acme.com`."""
    found = re.search(r"[^\s<>@]+@[^\s<>@]+", text.casefold())
    return found[0] if found and host(found[0]) else None


def is_shared(domain: str) -> bool:
    """Whether anybody can have an address there."""
    return domain in SHARED


def upwards(domain: str) -> Iterator[str]:
    """The domain and those that it is part of: `mail.acme.com`, `acme.com`; no top-level one."""
    labels = domain.split(".")
    for start in range(len(labels) - 1):
        yield ".".join(labels[start:])
