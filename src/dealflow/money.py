"""Amounts: read as people write them, kept as integer minor units, never a float, never rounded.

Pure. One amount has one currency (ISO 4217); amounts of two currencies are converted, not added.
"""

from __future__ import annotations

import re

from dealflow.errors import BadAmount, UnknownWord, nearest
from dealflow.named import NamedTuple
from dealflow.text import narrow

LIMIT = 10**15
"""Largest absolute amount in minor units, so that a sum of 9,000 rows stays within 64 bits."""

_ISO_4217 = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP
BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP
GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR
KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK
MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR
SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS
UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
"""
CURRENCIES = tuple(_ISO_4217.split())
NO_DECIMALS = {
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW",
    "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF",
}  # fmt: skip
THREE_DECIMALS = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}
_COMMON = ("CNY", "USD", "EUR", "GBP", "JPY", "HKD", "or another ISO 4217 code")

# What a sign means by itself, and for which currencies it means the one at hand instead.
_SIGNS = {
    "¥": "CNY", "元": "CNY", "rmb": "CNY", "cn¥": "CNY", "jp¥": "JPY", "人民币": "CNY",
    "美元": "USD", "欧元": "EUR", "英镑": "GBP", "日元": "JPY", "港元": "HKD", "港币": "HKD",
    "$": "USD", "us$": "USD", "hk$": "HKD", "nt$": "TWD", "s$": "SGD", "a$": "AUD", "c$": "CAD",
    "€": "EUR", "£": "GBP", "₩": "KRW", "₹": "INR", "₫": "VND", "฿": "THB", "₽": "RUB",
}  # fmt: skip
_SHARED_SIGNS = {
    "¥": {"JPY"},
    "元": {"HKD", "MOP", "TWD"},
    "$": {"ARS", "AUD", "CAD", "CLP", "COP", "HKD", "MXN", "NZD", "SGD", "TWD"},
}
_SHOWN_SIGNS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£"}

_UNITS = {"": 0, "k": 3, "m": 6, "b": 9, "bn": 9, "w": 4}
_ZEROS = {"十": 1, "百": 2, "千": 3, "万": 4, "萬": 4, "亿": 8, "億": 8}

_SIGN = "|".join(re.escape(sign) for sign in sorted(_SIGNS, key=len, reverse=True))
_AMOUNT = rf"""(?x)
    (?P<minus>[-+]?) \s*
    (?P<before> {_SIGN} | [a-z]{{3}} )? \s*
    (?P<inner>[-+]?)
    (?P<number> [0-9][0-9,_]* (?:\.[0-9,]+)? | \.[0-9]+ ) \s*
    (?P<unit> bn?|[kmw] | [十百千]?[万萬亿億] | [万萬][亿億] | [百千] )? \s*
    (?P<after> {_SIGN} | [a-z]{{3}} )?
"""
_THOUSANDS = r"[1-9][0-9]{0,2}(?:,[0-9]{3})+"
_LONGEST = 48


class Money(NamedTuple):
    """An amount: `minor` integer minor units (cents, 分) of the ISO 4217 `currency`."""

    minor: int
    currency: str


def known_currency(code: str) -> str:
    """The ISO 4217 code in capitals; UnknownWord with the nearest one when there is none such."""
    capitals = narrow(code).strip().upper()
    if capitals in CURRENCIES:
        return capitals
    given = capitals[:_LONGEST]
    likely = [known for known in (_COMMON, CURRENCIES) if nearest(given, known)]
    raise UnknownWord("currency", given, likely[0] if likely else _COMMON)


def exponent(currency: str) -> int:
    """How many decimal places the currency has: 2 for CNY, 0 for JPY, 3 for KWD (ISO 4217)."""
    code = known_currency(currency)
    if code in NO_DECIMALS:
        return 0
    return 3 if code in THREE_DECIMALS else 2


def parse(text: str, currency: str, *, negative: bool = False) -> Money:
    """The amount that `text` writes, exactly; in `currency` unless the text names another.

    Reads 12500, 1,234.50, 1_000, 12.5k, 1.2m, 1.2bn, 12.5万 (12.5w), 3千, 1.2亿, ¥3,000,
    $4,000, USD 4,000, 4000 USD. A comma separates thousands and nothing else. BadAmount for
    anything else, for more decimal places than the currency has, beyond LIMIT, and for a minus
    without `negative`; UnknownWord for a currency that does not exist.
    """
    home = known_currency(currency)
    told = narrow(text).strip().lower()
    if not told:
        raise BadAmount(text[:_LONGEST], "is empty")
    if len(told) > _LONGEST:
        raise BadAmount(text[:_LONGEST] + "…", "is too long for an amount")
    found = re.fullmatch(_AMOUNT, told)
    if found is None or (found["minus"] and found["inner"]):
        raise BadAmount(text)
    code = _currency_named(text, found["before"], found["after"], home)
    minor = _minor_units(text, found["number"], found["unit"] or "", code)
    if (found["minus"] or found["inner"]) == "-":
        if not negative:
            raise BadAmount(text, "is negative")
        minor = -minor
    return Money(minor, code)


def _currency_named(text: str, before: str | None, after: str | None, home: str) -> str:
    """The one currency that the signs and codes around the number agree on."""
    named = {_meaning(word, home) for word in (before, after) if word}
    if len(named) > 1:
        raise BadAmount(text, f"names two currencies, {' and '.join(sorted(named))}")
    return named.pop() if named else home


def _meaning(word: str, home: str) -> str:
    if word not in _SIGNS:
        return known_currency(word)
    return home if home in _SHARED_SIGNS.get(word, ()) else _SIGNS[word]


def _minor_units(text: str, number: str, unit: str, code: str) -> int:
    whole, _, fraction = number.partition(".")
    if "," in number and not ("," not in fraction and re.fullmatch(_THOUSANDS, whole)):
        raise BadAmount(text, "has a comma that does not separate thousands, as in 1,234.50")
    if "_" in whole and ("__" in whole or whole.endswith("_")):
        raise BadAmount(text)
    zeros = _UNITS[unit] if unit in _UNITS else sum(_ZEROS[sign] for sign in unit)
    places = exponent(code)
    spare = zeros + places - len(fraction)
    if spare < 0:
        raise BadAmount(text, f"has more than {places} decimal places for {code}")
    digits = whole.replace(",", "").replace("_", "") + fraction
    minor: int = int(digits) * 10**spare
    if minor > LIMIT:
        raise BadAmount(text, f"is too large; the most is {shown(Money(LIMIT, code))}")
    return minor


def decimal_text(money: Money) -> str:
    """The exact decimal number for machines, with all the currency's places: `12500.00`."""
    places = exponent(money.currency)
    digits = str(abs(money.minor)).rjust(places + 1, "0")
    sign = "-" if money.minor < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else sign + digits


def shown(money: Money, *, wan: bool = False) -> str:
    """The amount for people: `¥125,000`, `$4,000.50`, `KWD 3.250`; a zero fraction is dropped.

    With `wan`, from ten thousand up in 万 and 亿, rounded half-even to two places: `¥12.5万`.
    Only CNY is shown as ¥, so that a mixed list is never ambiguous; JPY goes by its code.
    """
    sign = "-" if money.minor < 0 else ""
    name = _SHOWN_SIGNS.get(money.currency, f"{money.currency} ")
    return sign + name + ((wan and _in_wan(money)) or _grouped(money))


def _grouped(money: Money) -> str:
    whole, _, fraction = decimal_text(Money(abs(money.minor), money.currency)).partition(".")
    return f"{int(whole):,}" + (f".{fraction}" if fraction.strip("0") else "")


def _in_wan(money: Money) -> str | None:
    """In 万, or in 亿 where 万 would need five digits; None below one 万."""
    minor, one = abs(money.minor), 10 ** exponent(money.currency)
    if minor < 10_000 * one:
        return None
    unit, hundredths = "万", _half_even(minor, 100 * one)
    if hundredths >= 1_000_000:
        unit, hundredths = "亿", _half_even(minor, 1_000_000 * one)
    whole, rest = divmod(hundredths, 100)
    return f"{whole:,}.{rest:02d}".rstrip("0").rstrip(".") + unit


def _half_even(over: int, under: int) -> int:
    """`over` / `under` (both not negative) to the nearest integer, a half to the even one."""
    whole, rest = divmod(over, under)
    return whole + (2 * rest > under or (2 * rest == under and whole % 2 == 1))
