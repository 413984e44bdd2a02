"""`dealflow export --vcard`: contacts as vCards, for phones, Outlook and mail programs.

Version 3.0 (RFC 2426), which they all read; 4.0 Outlook does not. A contact keeps its UID for good,
so that a phone which is given the file again brings up to date what it has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from dealflow.filters.records import CONTACT_KEYS
from dealflow.interchange.calendar import escaped, folded
from dealflow.named import NamedTuple
from dealflow.patterns import pattern
from dealflow.questions import Ask
from dealflow.questions.windows import chosen
from dealflow.results import Document
from dealflow.store import exporting as store
from dealflow.store.choosing import contacts

#: Chinese names are written without blanks, the family's first, and are not taken apart: programs
#: in other languages would put them together the wrong way round
_HAN = pattern(r"[\u3400-\u9fff\U00020000-\U0003ffff·]+")
#: mobile numbers of China, with or without the country's code
_MOBILE = pattern(r"(?:\+?86)?1[3-9]\d{9}")


class _Person(NamedTuple):
    uid: bytes
    external_id: str | None
    name: str
    account: str
    title: str | None
    role: str | None
    phone: str | None
    email: str | None
    wechat: str | None


def cards(ask: Ask, words: Sequence[str] = ()) -> Document:
    """The contacts that match, a card each. Errors: those of the filter."""
    told = chosen(ask, words, CONTACT_KEYS, ("contact", "account"))
    ids = store.of_choice(ask.conn, contacts(ask, told))
    pages = store.pages(ask.conn, "contact", ids, ask.now)
    lines = _lines(_Person(*row[:-1]) for page in pages for row in page)
    text = "".join(f"{line}\n" for line in lines)
    data = {"vcard": text.replace("\n", "\r\n")}
    return Document(name="contacts", text=text, line_end="\r\n", data=data)


def _lines(people: Iterable[_Person]) -> Iterator[str]:
    for person in people:
        yield from ("BEGIN:VCARD", "VERSION:3.0", "PRODID:-//dealflow//contacts//EN")
        for line in _card(person):
            yield from folded(line)
        yield "END:VCARD"


def _card(person: _Person) -> Iterator[str]:
    family, given = _parts(person.name)
    yield f"UID:{bytes(person.uid).hex()}@dealflow"
    yield f"N:{escaped(family)};{escaped(given)};;;"
    yield f"FN:{escaped(person.name)}"
    yield f"ORG:{escaped(person.account)}"
    if person.title:
        yield f"TITLE:{escaped(person.title)}"
    if person.role:
        yield f"ROLE:{escaped(person.role)}"
    if person.phone:
        yield f"TEL;TYPE={_kind(person.phone)}:{escaped(person.phone)}"
    if person.email:
        yield f"EMAIL;TYPE=INTERNET:{escaped(person.email)}"
    if person.wechat:
        yield f"X-WECHAT:{escaped(person.wechat)}"
        yield f"NOTE:{escaped(f'WeChat: {person.wechat}')}"


def _parts(name: str) -> tuple[str, str]:
    """Family name and given names: the last word is the family's, where there are several."""
    plain = " ".join(name.split())
    if _HAN.fullmatch(plain):
        return plain, ""
    given, _, family = plain.rpartition(" ")
    return (family, given) if given else ("", plain)


def _kind(phone: str) -> str:
    digits = re.sub(r"[^\d+]", "", phone)
    return "CELL,VOICE" if _MOBILE.fullmatch(digits) else "WORK,VOICE"
