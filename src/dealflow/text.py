"""Text as it is stored, and as search compares it. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from dealflow.errors import BadText

LIMIT = 10_000
"""Most characters of one text, unless the caller says otherwise."""


#: full-width forms, the blank and the yen sign among them, and the true minus
_PLAIN = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0x3000: " ",
    0xFFE5: "¥",
    0x2212: "-",
}


def narrow(text: str) -> str:
    """`text` with the full-width forms that Chinese input methods type (３，￥) as plain ones."""
    return text.translate(_PLAIN)


def fold(text: str) -> str:
    """`text` as search compares it: without case and width, so ＡＣＭＥ, Acme and acme are one.

    Folding twice changes nothing more (Unicode Standard, 3.13, D146, with NFKC at the end).
    """
    if text.isascii():
        return text.lower()
    from unicodedata import normalize

    once = normalize("NFKC", normalize("NFD", text).casefold())
    return normalize("NFKC", once.casefold())


def masked(text: str) -> str:
    """`text` without the passwords of the addresses in it: `postgresql://li:***@host/sales`."""
    if "://" not in text:
        return text
    import re

    text = re.sub(r"(://[^\s/?#@:]*:)[^\s/?#]*(?=@)", r"\1***", text)
    return re.sub(r"(?i)([?&]\w*(?:password|secret|token)=)[^&\s'\"]+", r"\1***", text)


def tidy(text: str, what: str, limit: int = LIMIT) -> str:
    """`text` as it is stored: exactly as given. Search and comparison go by `fold`.

    BadText, naming `what`, for NUL, lone surrogates, nothing but blanks, and more than `limit`
    characters.
    """
    if "\0" in text:
        raise BadText(f"{what} holds a NUL character", "take out the character and try again")
    if not text.strip():
        raise BadText(f"{what} is blank", "give it at least one character that can be seen")
    if len(text) > limit:
        raise BadText(f"{what} has {len(text):,} characters", f"the most is {limit:,}")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BadText(f"{what} is not valid UTF-8", "save or type it as UTF-8") from None
    return text


#: what parts names in one cell; and what parts tags, which people write with commas as well
SEMICOLONS, MARKS = ";；", ";；,，"


def several(parts: Iterable[str], marks: str, between: str) -> str:
    """Texts in one, `between` them; `parted` gives them back, whatever is in them.

    One that holds a mark, begins with a quotation mark or has blanks around it stands in quotation
    marks, those inside doubled.
    """
    return between.join(_whole(part, marks) for part in parts)


def _whole(part: str, marks: str) -> str:
    plain = part == part.strip() and not part.startswith('"') and not any(m in part for m in marks)
    return part if plain else '"' + part.replace('"', '""') + '"'


def parted(text: str, marks: str) -> list[str]:
    """The texts that stand in one, between marks; what is in quotation marks is whole."""
    if '"' not in text:
        for mark in marks[1:]:
            text = text.replace(mark, marks[0])
        found = (part.strip() for part in text.split(marks[0]))
        return [part for part in found if part]
    import re

    pattern = re.compile(rf'\s*"((?:[^"]|"")*)"\s*(?:[{marks}]|$)|([^{marks}]*)(?:[{marks}]|$)')
    parts, at = [], 0
    while at < len(text):
        one = pattern.match(text, at)
        assert one is not None, "the second way takes anything"
        quoted, plain = one.groups()
        parts.append(plain.strip() if quoted is None else quoted.replace('""', '"'))
        at = one.end()
    return [part for part in parts if part]
