"""A line of bash in the making: its words without their quotes, and where readline replaces it."""

from __future__ import annotations

from collections.abc import Callable

from dealflow.named import NamedTuple

_BLANKS = " \t\n"


class _Char(NamedTuple):
    """A character of the word that is being typed; `at` is where it stands on the line."""

    char: str
    at: int


class Line(NamedTuple):
    """`words` before the one that is being typed, and that as it is meant."""

    words: list[str]
    typed: str
    kept: str = ""
    """The beginning of `typed` that readline leaves on the line."""
    quote: str = ""
    """The quote that is open at the cursor."""
    redirected: bool = False
    """Whether a `>` or `<` stands before the word: a file is meant."""

    def rest(self, word: str, quoted: Callable[[str, str], str]) -> str:
        """The part of a word that takes the place of what readline replaces."""
        return quoted(word.removeprefix(self.kept), self.quote)


class _Reader:
    def __init__(self, text: str, breaks: str) -> None:
        self.text, self.breaks = text, breaks
        self.words: list[str] = []
        self.redirected = False
        self._open()

    def _open(self) -> None:
        self.chars: list[_Char] = []
        self.begun = False
        self.start = -1
        """Where readline's word begins."""

    def _close(self) -> None:
        if self.begun:
            if not self.redirected:
                self.words.append(self._typed())
            self.redirected = False
        self._open()

    def _typed(self) -> str:
        return "".join(one.char for one in self.chars)

    def read(self) -> Line:
        at, quote = 0, ""
        while at < len(self.text):
            char = self.text[at]
            if char == "\\" and quote != "'":
                at = self._escaped(at, quote)
            elif quote:
                quote = "" if char == quote else self._plain(at, quote)
            elif char in "'\"":
                quote, self.begun, self.start = char, True, at + 1
            else:
                self._outside(at)
            at += 1
        typed = self._typed()
        kept = "".join(one.char for one in self.chars if one.at < self.start)
        return Line(self.words, typed, kept, quote, self.redirected)

    def _plain(self, at: int, quote: str) -> str:
        self.chars.append(_Char(self.text[at], at))
        self.begun = True
        return quote

    def _escaped(self, at: int, quote: str) -> int:
        """A backslash and what follows; within double quotes it means itself before most."""
        follows = self.text[at + 1 : at + 2]
        if quote == '"' and follows not in '\\"$`':
            self._plain(at, quote)
            return at
        if follows and follows != "\n":
            self.chars.append(_Char(follows, at))
        self.begun = True
        return at + 1

    def _outside(self, at: int) -> None:
        char = self.text[at]
        if char in _BLANKS:
            self._close()
            return
        if char in "<>":
            if not self._typed().isdecimal():  # 2> is no word
                self._close()
            self._open()
            self.redirected = True
            return
        self._plain(at, "")
        if char in self.breaks:
            self.start = at + 1


def line(text: str, breaks: str) -> Line:
    """Read a line up to the cursor; `breaks` are the characters at which readline cuts words."""
    return _Reader(text, breaks).read()


def word(text: str) -> Line:
    """Read one word, of a shell that puts in whole words itself."""
    found = _Reader(text, "").read()
    return Line([], " ".join([*found.words, found.typed]))
