"""The rest of a question after its instructions: references back to what was made, words for what is done left out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from analyst.core.text import listed
from analyst.protocol.table import TableCard
from analyst.rulebased.clauses import mark, speaks_of, without_rounding
from analyst.rulebased.link.columns import is_number
from analyst.rulebased.making import ASKING, MODELLING, Making

_GENERAL = re.compile(
    r"(?:please )?(?:perform|apply|conduct|do|carry out|pre-?process|use|using|make|this (?:should "
    r")?includ\w*)\b.*\b(?:pre-?processing|feature engineering|data cleaning|cleaning)\b|"
    r"(?:do not|don't|don’t|without) .*\b(?:clean|pre-?process|transform|filter|alter|data)|additionally$|"
    r"(?:use|using|apply)\b.*\b(?:scaler|scaling|standardi[sz]|normali[sz]|encod|imput|transform)|"
    r".*\b(?:transformation|imputation|encoding|scaling|normali[sz]ation|standardi[sz]ation) (?:should|must|"
    r"method|is|will)\b",
    re.IGNORECASE,
)
_DONE = re.compile(
    r"\b(?:transformed|cleaned|pre-?processed|imputed|scaled|normali[sz]ed|standardi[sz]ed|encoded|prepared) (?=\S)|"
    r",? (?:after|before) (?:the )?(?:pre-?processing|transformation|scaling|encoding|imputation|cleaning|"
    r"normali[sz]ation|deletion)\b(?: and rounding)?"
)
_NEW_ONE = re.compile(
    r"\b(?:this|the|that|these)(?: newly (?:created|generated))?(?: new)? (?:feature|column|variable|"
    r"field)(?: values)?\b(?!\s*[\"'“])"
)
_CLASS = re.compile(
    r"\b(each|every|per|by)(?: of the)? (?:age |price )?(?:quartile|quintile|decile|group|bin|category|"
    r"class|level|band|bucket|range)s?\b"
)
_BEFORE_AND_AFTER = re.compile(
    r",? \b(?:both )?before and after\b(?: (?:the )?\w+(?:ation|ing|ment|al|fill))?|,? compared (?:to|with) "
    r"the original\b"
)


def specific(kept: Sequence[str], card: TableCard) -> list[str]:
    """The clauses without those that only speak of preparing in general; columns named there alone are kept in mind."""
    general = [text for text in kept if _GENERAL.match(text) and not MODELLING.search(text)]
    rest = [text for text in kept if text not in general]
    if not any(mark(text, card).columns for text in rest if ASKING.match(text)):
        named = dict.fromkeys(c.name for text in general for c in mark(text, card).columns)
        first = next((at for at, text in enumerate(rest) if ASKING.match(text)), None)
        if named and first is not None:
            rest[first] = f"{rest[first].rstrip('.')} of {listed(list(named))}"
    return rest


def referring(text: str, table: Making) -> str:
    """A clause that stays, with the made column's name for "this new feature" and without words for what is done."""
    text = _BEFORE_AND_AFTER.sub("", text) if table.compares else text
    made = [name for name in table.made if not name.startswith("scaled ")]
    if made and not any(speaks_of(text, name) for name in made):
        text = _NEW_ONE.sub(lambda _: f'"{made[-1]}"', text)
    columns = [c.name for c in table.card.columns if is_number(c) and c.role != "identifier"][:10]
    listing = listed([f'"{name}"' for name in columns])
    text = (
        re.sub(r"\b(?:of )?(?:each|every|all)(?: of)?(?: the)? columns?\b", f"of {listing}", text) if columns else text
    )
    return without_rounding(_DONE.sub("", _pointed(text, table)))


def _pointed(text: str, table: Making) -> str:
    """`its mean`, `each group`, `how many values` with the column's name that they point back to."""
    if not table.recent or not ASKING.match(text):
        return text
    classes = [name for name in table.made if table.labels and f"scaled {name}" != name]
    if classes and not any(speaks_of(text, name) for name in classes):
        text = _CLASS.sub(lambda found: f'{found[1]} "{classes[-1]}"', text)
    names = listed([f'"{name}"' for name in table.recent])
    text = re.sub(
        r"\b(?:its|their)(?P<what>(?: (?!correlation\b)\w+){1,4}?)(?=$|[,.?]| (?:by|per|for|before|after|"
        r"with|in)\b| and \w+ by)",
        lambda found: f"the{found['what']} of {names}",
        text,
        count=1,
    )
    text = re.sub(r"\b(?:its|their) correlation\b", f"the correlation of {names}", text)
    if mark(text, table.card).columns or re.search(r"\b(?:rows?|records?|number of|duplicates?)\b", text):
        return text
    if re.search(r"\bvalues?\b", text):
        return re.sub(r"\bvalues?\b", f"values of {names}", text, count=1)
    return f"{text.rstrip('.? ')} of {names}"
