"""The kinds of personal data, and the tokens that stand for such data in everything that models read or write."""

from __future__ import annotations

import re

TOKEN_WORDS = {
    "email": "EMAIL",
    "phone": "PHONE",
    "card": "CARD",
    "iban": "IBAN",
    "ip": "IP",
    "device": "DEVICE",
    "national_id": "NATIONALID",
    "person_name": "PERSON",
    "handle": "HANDLE",
    "birth_date": "BIRTHDATE",
    "address": "ADDRESS",
    "plate": "PLATE",
    "secret": "SECRET",
    "location": "LOCATION",
    "postal_code": "POSTALCODE",
    "unknown": "NAME",
}
"""Each kind with the word that its tokens begin with; "unknown": a word of a question that may be a name."""
INDIRECT = frozenset(("location", "postal_code"))
"""Kinds that point at nobody alone: their values are tokens, but the table's other cells may be shown."""
GROUPING = frozenset(("person_name", "handle", "plate", "postal_code", "location"))
"""Kinds by which rows are commonly grouped."""
TOKEN = re.compile(r"(?<![A-Za-z0-9])(" + "|".join(TOKEN_WORDS.values()) + r")_(\d+)(?!\d)")
