r"""Text from anywhere, made safe to show: what could move a cursor or hide is written out.

A name, a note or a file name can hold escape sequences, direction overrides or invisible letters.
`clean` shows them as `\x1b`, `\u202e`, so that nothing stored by one person acts on the terminal
of another. The text itself is left alone: `\` is not doubled, because this is for reading.
"""

from __future__ import annotations

import re

# Format and control characters that move, hide or reorder; noncharacters; lone surrogates.
_UNSAFE = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064"
    "\u2066-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff"
    + "".join(
        f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000)
    )
)
# Joiners are letters of Arabic and Indic scripts and the glue of emoji; elsewhere they only hide.
_JOINER = "(?<![\u0600-\u10ff\u2600-\u27bf\ufe0f\U0001f000-\U0001faff])[\u200c\u200d]"
# Invisible tags spell the flag of a region after a black flag; elsewhere they only hide.
_TAGS = "(?<![\U0001f3f4\U000e0000-\U000e007f])[\U000e0000-\U000e007f]+"

# Patterns as text: most commands meet nothing unsafe and never compile them (1 ms each).
_IN_LINES = f"[{_UNSAFE}]|{_JOINER}|{_TAGS}"
_IN_ONE_LINE = f"[\t\n{_UNSAFE}]|{_JOINER}|{_TAGS}"
_SHORT = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}


def clean(text: str) -> str:
    r"""`text` on one line, with whatever could act on a terminal written out: `\n`, `\x1b`."""
    return text if text.isprintable() else re.sub(_IN_ONE_LINE, _visible, text)


def clean_lines(text: str) -> str:
    """Like `clean`, but line ends and tabs stay what they are."""
    return text if text.isprintable() else re.sub(_IN_LINES, _visible, text)


def escape_in_json(document: str) -> str:
    r"""JSON with the characters that JSON may hold raw but a terminal must not get, as `\uXXXX`."""
    return document if document.isprintable() else re.sub(_IN_LINES, _as_json, document)


def _visible(found: re.Match[str]) -> str:
    return "".join(map(_written_out, found[0]))


def _written_out(char: str) -> str:
    code = ord(char)
    if char in _SHORT:
        return _SHORT[char]
    if code > 0xFFFF:
        return f"\\U{code:08x}"
    return f"\\u{code:04x}" if code > 0xFF else f"\\x{code:02x}"


def _as_json(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
