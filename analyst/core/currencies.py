"""Currencies: their ISO 4217 codes, the signs and words that stand for them, and which one a column's header names."""

from __future__ import annotations

import re

CODES = frozenset(
    """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP
    CNH CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG
    HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD
    MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF
    SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS
    VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL
    """.split()  # noqa: SIM905
)
"""The codes of ISO 4217 that are in use, and a few that ended lately."""
WRITTEN_CODES = CODES - {"ALL", "AMD", "BAM", "BOB", "CUP", "GEL", "KGS", "LAK", "MOP", "PEN", "SOS", "TOP", "SAR"}
"""Those that mean a currency beside a number: "12 KGS" are kilograms and "TOP 10" is a rank."""
SIGNS = {
    "US$": "USD", "AU$": "AUD", "A$": "AUD", "CA$": "CAD", "C$": "CAD", "NZ$": "NZD", "HK$": "HKD", "SG$": "SGD",
    "S$": "SGD", "MX$": "MXN", "NT$": "TWD", "R$": "BRL", "S/": "PEN", "$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY",
    "円": "JPY", "圓": "JPY", "元": "CNY", "₹": "INR", "Rs.": "INR", "Rs": "INR", "₩": "KRW", "원": "KRW", "₪": "ILS",
    "₺": "TRY", "TL": "TRY", "₽": "RUB", "руб.": "RUB", "руб": "RUB", "₴": "UAH", "грн": "UAH", "₦": "NGN", "₱": "PHP",
    "₫": "VND", "฿": "THB", "₡": "CRC", "₲": "PYG", "₵": "GHS", "₸": "KZT", "₮": "MNT", "zł": "PLN", "zl": "PLN",
    "Kč": "CZK", "Ft": "HUF", "lei": "RON", "лв.": "BGN", "лв": "BGN", "SFr.": "CHF", "SFr": "CHF", "Fr.": "CHF",
    "Rp.": "IDR", "Rp": "IDR", "RM": "MYR", "kr.": "kr", "kr": "kr", "Kr.": "kr", "Kr": "kr", "KSh": "KES",
    "Ksh": "KES", "TSh": "TZS", "USh": "UGX", "S/.": "PEN", "B/.": "PAB", "N$": "NAD", "৳": "BDT", "Tk": "BDT",
    "₾": "GEL", "₼": "AZN", "֏": "AMD", "₭": "LAK", "៛": "KHR", "Lei": "RON", "din.": "RSD", "din": "RSD",
}  # fmt: skip
"""What stands beside an amount, longest first where one begins another. Crowns of four countries are all "kr"."""
_WORDS = {
    "dollar": "USD", "dollars": "USD", "usd": "USD", "euro": "EUR", "euros": "EUR", "pounds": "GBP", "sterling": "GBP",
    "yen": "JPY", "rupees": "INR", "rupee": "INR", "yuan": "CNY", "rmb": "CNY", "francs": "CHF", "reais": "BRL",
    "zloty": "PLN", "pesos": "MXN", "rand": "ZAR",
}  # fmt: skip
_HEADED = WRITTEN_CODES - {"TRY", "MAD", "NIO", "NAD", "ARS", "COP", "ERN", "ETB", "MUR", "WST", "LSL", "DOP", "STN"}
"""Codes that are no other word or short form in a header ("try", "cop")."""
_HEADER_SIGNS = ("$", "€", "£", "¥", "₹", "US$", "R$", "A$")
_BRACKETED = re.compile(r"[(\[]\s*(?:in\s+)?([^)\]]+?)\s*[)\]]")
_SCALE = re.compile(r"thousands?|millions?|billions?|mio|mn|bn|tsd|cents?|k|m|mm")
"""Words of a header that count thousands and such: an amount in them is not shown as if it were plain."""
NAMED = (
    *("currency", "currencies", "curr", "ccy", "cur", "währung", "waehrung", "wahrung", "devise", "monnaie", "moneda"),
    *("moeda", "valuta", "divisa", "waluta", "валюта", "通貨", "货币", "币种", "통화", "العملة", "para"),
)
"""Words of a header that speak of currencies."""
_NO_AMOUNT = {"rate", "kurs", "fx", "exchange", "pair", "per", "share", "pct", "percent", "count", "turnout", "cup"}
"""Words of a header beside which a currency's name does not say what the column is counted in."""


def code_of(text: str) -> str:
    """The code that a sign, a code or a currency's name stands for, in any case ("eur", "R$", "US dollars"); or ""."""
    bare = text.strip()
    upper = bare.upper()
    if upper in CODES:
        return upper
    if bare in SIGNS:
        return SIGNS[bare]
    *before, last = re.split(r"[\W_]+", bare.casefold()) or [""]
    return _WORDS.get(last, "") if not before or before in (["us"], ["u", "s"]) else ""


def currency_in(header: str) -> str:
    """The currency that a header says its numbers are counted in ("amount_usd", "Price (€)", "in euros"); or "".

    A word such as "euro" says so only alone, after "in" or in brackets: `euro_turnout` is no money. A header that names
    two currencies, thousands of one, or a rate says nothing of an amount.
    """
    spaced = re.sub(r"(?<=[a-zà-ÿ])(?=[A-Z])", " ", header)
    words = [word for word in re.split(r"[^\w$€£¥₹]+|_", spaced) if word]
    lower = [word.casefold() for word in words]
    if _NO_AMOUNT & set(lower) or any(_SCALE.fullmatch(word) for word in lower):
        return ""
    told = {code for word in words if (code := _code_word(word))}
    told |= {code for text in _BRACKETED.findall(header) if (code := code_of(text))}
    phrase = lower[lower.index("in") + 1 :] if "in" in lower else lower
    told |= {code for code in [code_of(" ".join(phrase))] if code in _HEADED and (phrase != lower or len(lower) == 1)}
    return told.pop() if len(told) == 1 else ""


def _code_word(word: str) -> str:
    """The currency of a word that is its code or sign, and nothing else."""
    code = SIGNS.get(word, "") if word in _HEADER_SIGNS else word.upper()
    return code if code in _HEADED else ""
