r"""How each shell asks, and how it is answered.

The first line of an answer says how the words are meant: `files` (those are to be offered as
well), `open` (no blank after the word), `cut` (there are more, so that what these have in common is
not what all have). A line for each word follows:

    bash    the text that takes the place of what is typed, quoted, with what it is behind it
    zsh     `.` or `+` (no blank after it), the word, and the text to show, with tabs between
    fish    the word, a tab, and what it is

Stored text is hostile. A word with characters that cannot be seen is not offered; whatever means
something to bash is quoted here, zsh and fish quote what they insert themselves. What is only
shown has such characters written out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from dealflow.completing.fitting import Word
from dealflow.completing.line import Line, line, word
from dealflow.completing.offers import Offered
from dealflow.named import NamedTuple

_LONGEST = 60
"""Columns of what is told of a word, at most."""
_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-")
_LISTED = ("63", "33", "64")
"""What bash says when it is about to list words (COMP_TYPE)."""


class Asked(NamedTuple):
    """What a shell asks: the words before the cursor, and the one that is being typed."""

    shell: str
    words: list[str]
    typed: str
    line: Line
    how: str = ""
    width: int = 80


def asked(argv: Sequence[str]) -> Asked:
    """`bash LINE HOW BREAKS WIDTH`, `zsh WIDTH WORD... TYPED`, `fish WORD... TYPED`."""
    shell, *rest = argv
    if shell == "bash":
        text, how, breaks, width = rest
        found = line(text, breaks)
        return Asked(shell, found.words[1:], found.typed, found, how, int(width or 80))
    width = rest.pop(0) if shell == "zsh" else "80"
    *words, typed = rest
    found = word(typed)
    return Asked(shell, words[1:], found.typed, found, width=int(width or 80))


def told(asked: Asked, found: Offered) -> str:
    """What the shell's script reads."""
    offers = [offer for offer in found.words if _can_be_seen(offer.word)]
    after_redirection = asked.line.redirected
    how = ["files"] if found.files or after_redirection else []
    if after_redirection:
        offers = []
    if len(offers) == 1 and offers[0].open:
        how.append("open")
    if found.cut and len(offers) > 1:
        how.append("cut")
    lines = _WRITERS[asked.shell](asked, offers)
    return "".join(f"{text}\n" for text in [" ".join(how) or "-", *lines])


def _can_be_seen(word: str) -> bool:
    return word.replace("\u3000", " ").isprintable()  # the blank of Chinese text is plain to see


def _about(offer: Word) -> str:
    if offer.about.isprintable():
        return offer.about
    from dealflow.output.text import clean

    return clean(offer.about)


# ── bash ──────────────────────────────────────────────────────────────────────────────────────


def _bash(asked: Asked, offers: Sequence[Word]) -> list[str]:
    """The words as they stand on the line from where readline begins to replace it."""
    typed = asked.typed
    words = [_in_case(offer.word, typed, len(offers)) for offer in offers]
    texts = [asked.line.rest(word, _quoted) for word in words]
    if len(offers) < 2 or asked.how not in _LISTED or not any(o.about for o in offers):
        return texts
    return _beside(texts, [_about(offer) for offer in offers], asked.width)


def _in_case(word: str, typed: str, many: int) -> str:
    """The word; of several that differ from what is typed in their case, with that beginning.

    Bash puts in what the words have in common, and would take away what is typed where it is none
    of that. dealflow reads names in any case.
    """
    begins_so = word[: len(typed)].casefold() == typed.casefold()
    return typed + word[len(typed) :] if begins_so and many > 1 else word


def _quoted(text: str, quote: str) -> str:
    """The text as bash reads it back, inside the quote that is open."""
    if quote == "'":
        return text.replace("'", "'\\''")
    if quote == '"':
        found = "".join(f"\\{c}" if c in '\\"$`' else c for c in text)
        return found.replace("!", "\"'!'\"")  # nothing else keeps it from the history
    return "".join(c if c in _SAFE or (c.isalnum() and not c.isascii()) else f"\\{c}" for c in text)


# ── zsh, fish ─────────────────────────────────────────────────────────────────────────────────


def _zsh(asked: Asked, offers: Sequence[Word]) -> list[str]:
    words = [offer.word for offer in offers]
    shown = _beside(words, [_about(offer) for offer in offers], asked.width)
    marks = ["+" if offer.open else "." for offer in offers]
    return ["\t".join(parts) for parts in zip(marks, words, shown, strict=True)]


def _fish(_: Asked, offers: Sequence[Word]) -> list[str]:
    return [f"{offer.word}\t{_about(offer)}" for offer in offers]


_WRITERS: Mapping[str, Callable[[Asked, Sequence[Word]], list[str]]] = {
    "bash": _bash,
    "zsh": _zsh,
    "fish": _fish,
}


# ── words with what they are beside them ──────────────────────────────────────────────────────


def _beside(words: Sequence[str], about: Sequence[str], width: int) -> list[str]:
    """Two columns no wider than the terminal."""
    left = max(map(_columns, words), default=0)
    room = min(_LONGEST, width - left - 5)
    return [
        f"{word}{' ' * (left - _columns(word))}  ({_cut(told, room)})"
        if told and room > 8
        else word
        for word, told in zip(words, about, strict=True)
    ]


def _cut(text: str, room: int) -> str:
    if _columns(text) <= room:
        return text
    while _columns(text) >= room:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _columns(text: str) -> int:
    """How wide a terminal draws it."""
    if text.isascii():
        return len(text)
    from unicodedata import east_asian_width

    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)
