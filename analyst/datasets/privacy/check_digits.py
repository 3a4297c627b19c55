"""Check digits of identity numbers that python-stdnum does not know."""

from __future__ import annotations

import re
from collections.abc import Sequence

_VIN = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", (*range(1, 9), *range(1, 6), 7, 9, *range(2, 10)), strict=True))
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_TAIWAN = "ABCDEFGHJKLMNPQRSTUVXYWZIO"
"""Letters in the order of their numbers, from 10 on."""
_SINGAPORE = {"S": (0, "JZIHGFEDCBA"), "T": (4, "JZIHGFEDCBA"), "F": (0, "XWUTRQPNMLK"), "G": (4, "XWUTRQPNMLK")}


def is_vin(text: str) -> bool:
    """A vehicle's number whose check digit is right (49 CFR 565), or that a European maker fills with Z."""
    if not re.fullmatch(r"[A-HJ-NPR-Z0-9]{17}", text) or text.isdigit() or text.isalpha():
        return False
    rest = _weighted([_VIN.get(char) or int(char) for char in text], _VIN_WEIGHTS) % 11
    return text[8] == ("X" if rest == 10 else str(rest)) or text[3:6] == "ZZZ"


def is_nric(text: str) -> bool:
    """A number of Singapore's identity card or work pass."""
    if not re.fullmatch(r"[STFG]\d{7}[A-Z]", text):
        return False
    offset, letters = _SINGAPORE[text[0]]
    return letters[(offset + _weighted(_digits(text[1:8]), (2, 7, 6, 5, 4, 3, 2))) % 11] == text[8]


def is_hkid(text: str) -> bool:
    """A number of Hong Kong's identity card, written with its check digit in brackets: A123456(3)."""
    found = re.fullmatch(r"([A-Z]{1,2})(\d{6})\(([\dA])\)", text)
    if not found:
        return False
    letters = [ord(char) - 55 for char in found[1].rjust(2)]
    if len(found[1]) == 1:
        letters[0] = 36
    rest = _weighted([*letters, *_digits(found[2])], (9, 8, 7, 6, 5, 4, 3, 2)) % 11
    return found[3] == ("0" if rest == 0 else "A" if rest == 1 else str(11 - rest))


def is_taiwanese(text: str) -> bool:
    """A number of Taiwan's identity card."""
    if not re.fullmatch(r"[A-Z][1289]\d{8}", text):
        return False
    first = 10 + _TAIWAN.index(text[0])
    digits = [first // 10, first % 10, *_digits(text[1:])]
    return _weighted(digits, (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)) % 10 == 0


def _digits(text: str) -> list[int]:
    return [int(char) for char in text]


def _weighted(digits: Sequence[int], weights: Sequence[int]) -> int:
    return sum(digit * weight for digit, weight in zip(digits, weights, strict=True))
