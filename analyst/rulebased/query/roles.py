"""What each column that a question names is in it: measured, grouped by, asked for, an outcome, or what rows are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from analyst.protocol.lexicon import ADDED, AVERAGED, HIGHEST, KINDS, LOWEST
from analyst.protocol.table import ColumnCard
from analyst.rulebased.link.bounds import OVER
from analyst.rulebased.link.columns import (
    Mention,
    adds_up,
    heads,
    holds_years,
    is_group,
    is_key,
    is_measure,
    is_number,
    is_time,
    meanings,
    names_deals,
    yes_no,
)
from analyst.rulebased.link.linking import numbers_in
from analyst.rulebased.link.tokens import tokenize
from analyst.rulebased.link.values import negation
from analyst.rulebased.query.cues import ARTICLES, LEADS, PERSONS, WHICH
from analyst.rulebased.query.model import NOWHERE, At, Key, Rows
from analyst.rulebased.query.scene import Scene

_JOINING = frozenset("and the by or per each every for as well then".split())
_SURE = 0.75
"""The score of a mention that names most of a column's words."""
_LIMITS = frozenset("minimum min maximum max limit target".split())
_LEAVING = frozenset("churn churned attrition left leave leaver quit resigned".split())
_STAYING = frozenset("stay stayed stays remain remained retained".split())
_WHO = frozenset("who whom whose".split())
_MOST = frozenset("most fewest least".split())
_ALONE = 0.95
"""The share of rows from which on every one is of somebody else."""
_STOPS = frozenset("by per for in at has have is are was were of does did do between".split())


@dataclass(frozen=True)
class Named:
    """A column named at some words; `lead`: the word that leads to it; `negated`: the words that negate it."""

    column: ColumnCard
    at: At
    first: int
    end: int
    lead: str = ""
    negated: At = NOWHERE
    rivals: tuple[ColumnCard, ...] = ()
    score: float = 1.0

    @property
    def key(self) -> Key:
        """The column as something that rows are grouped by."""
        return Key(self.column, at=self.at)


@dataclass
class Roles:
    """The columns of a question by what they are in it. `below`: numbers after "per", what another is divided by."""

    measures: list[Named] = field(default_factory=list)
    keys: list[Named] = field(default_factory=list)
    asked: list[Named] = field(default_factory=list)
    flags: list[Named] = field(default_factory=list)
    entities: list[Named] = field(default_factory=list)
    subjects: list[Named] = field(default_factory=list)
    below: list[Named] = field(default_factory=list)
    times: list[Named] = field(default_factory=list)

    @property
    def groups(self) -> list[Named]:
        """What rows may be grouped by: keys, what is asked for, and other columns that rows fall into."""
        return [*self.keys, *self.asked, *self.entities]


def find_roles(scene: Scene, rows: Rows) -> Roles:
    """The role of every column named, conditions apart."""
    roles = Roles()
    mentions = list(scene.linked.mentions)
    for place, mention in enumerate(mentions):
        following = mentions[place + 1] if place + 1 < len(mentions) else None
        led = _leads_group(scene, mention, roles)
        if following is not None and _owns(scene, mention, following, led):
            mentions[place + 1] = replace(following, start=mention.start)
            continue
        if mention.start in rows.used and not (led and mention.start - 1 not in rows.used):
            continue
        if _modifies(scene, mention, following) or _is_constant(mention) or _is_limit(scene, mention):
            continue
        if _is_deed(scene, mention) and not any(map(yes_no, mention.options)):
            continue
        _place(scene, mention, led, roles)
    _stayed(scene, roles)
    if not roles.groups and not roles.subjects and rows.compared is None:
        roles.asked += _who(scene)
    return roles


def _who(scene: Scene) -> list[Named]:
    """`who worked the most hours`: the people, each in several rows, of whom the most is asked."""
    best, column = scene.superlative, person_asked(scene)
    if column is None or best is None or scene.linked.word(best[0]) not in _MOST:
        return []
    at = min(i for i in scene.asks_which if scene.linked.word(i) in _WHO)
    shared = 1 < (column.distinct or 0) < _ALONE * (scene.card.rows - (column.missing or 0))
    return [Named(column, frozenset([at]), at, at + 1, "who")] if shared else []


def person_asked(scene: Scene) -> ColumnCard | None:
    """The one column of people, where the question asks who."""
    if not any(scene.linked.word(at) in _WHO for at in scene.asks_which):
        return None
    people = [c for c in scene.card.columns if not is_number(c) and not is_time(c) and _are_people(c)]
    return people[0] if len(people) == 1 else None


def _are_people(column: ColumnCard) -> bool:
    return column.personal == "person_name" or not heads(column).isdisjoint(PERSONS)


def _is_limit(scene: Scene, mention: Mention) -> bool:
    """Whether "price per night" comes upon the least number of nights, which no price is divided by."""
    limits = meanings(mention.column.name) & _LIMITS
    told = any(scene.linked.tokens[at].stem in limits for at in range(mention.start, mention.end))
    return bool(limits) and not told and scene.linked.word(mention.start - 1) == "per"


def _is_deed(scene: Scene, mention: Mention) -> bool:
    """Whether a verb of which a number is partly called only says what people did: `those who finished`, beside
    lessons_finished."""
    word = scene.linked.word
    did = word(mention.start - 1) in ("who", "that") or mention.start - 1 in scene.linked.rows
    alone = mention.end - mention.start == 1 and mention.score < _SURE and word(mention.start).endswith("ed")
    ranked = word(mention.end) in {*HIGHEST, *LOWEST, *OVER, "the", "at", "between", "nothing"}
    ranked |= scene.asks_which != NOWHERE and word(mention.start - 1) in WHICH and mention.start < 2
    return did and alone and not ranked and bool(numbers_in(mention))


def _stayed(scene: Scene, roles: Roles) -> None:
    """`those who stayed`, where the table tells who left."""
    leaving = [c for c in scene.card.columns if yes_no(c) and meanings(c.name) & _LEAVING]
    at = next((i for i, token in enumerate(scene.linked.tokens) if token.word in _STAYING), None)
    if at is None or len(leaving) != 1 or leaving[0] in [n.column for n in roles.flags]:
        return
    denied = negation(scene.linked.tokens, at)
    roles.flags.append(Named(leaving[0], denied | {at}, at, at + 1, negated=NOWHERE if denied else frozenset([at])))


def _is_constant(mention: Mention) -> bool:
    """Whether several words name a column that is the same in all rows: no other column stands for it."""
    return mention.column.role == "constant" and mention.end - mention.start > 1 and len(mention.options) > 1


def _place(scene: Scene, mention: Mention, led: bool, roles: Roles) -> None:
    lead = scene.linked.lead(mention.start)
    counted = lead in ("most", "fewest", "least") and bool(roles.asked or roles.entities) and not numbers_in(mention)
    part_of = scene.before(mention.start, "share", "rate") is not None
    deals = part_of and names_deals(mention.column, scene.card.rows)
    if deals or _is_subject(scene, mention) or (counted and not yes_no(mention.column)):
        into, column = roles.subjects, mention.column
    else:
        into, column = _role(scene, mention, led, lead, roles)
    places = frozenset(range(mention.start, mention.end))
    led_by = scene.before(mention.start, "by")
    if (into is roles.keys or into is roles.below) and led_by is not None:
        places |= led_by.at
    flags = into is roles.flags
    negated = negation(scene.linked.tokens, mention.start, past=2 if flags else 0)
    into.append(Named(column, places, mention.start, mention.end, lead, negated, mention.rivals, mention.score))


def _role(scene: Scene, mention: Mention, led: bool, lead: str, roles: Roles) -> tuple[list[Named], ColumnCard]:
    options = [option for option in mention.options if option.role != "constant"] or list(mention.options)
    numbers = [c for c in numbers_in(mention) if not holds_years(c)]
    grouping = sorted((o for o in options if is_group(o)), key=_group_rank)
    if mention.score >= 0.9 and options[0] in grouping:
        grouping = [options[0]]
    if led and numbers and options[0] in numbers and _divides(scene, mention, numbers[0], lead, roles):
        return roles.below, numbers[0]
    if led and numbers and (not grouping or options[0] in numbers) and _ranks(scene, mention, numbers[0], roles):
        return roles.measures, _best_number(numbers, options)
    if led and grouping:
        return roles.keys, grouping[0]
    return _unled_role(scene, mention, roles, options, numbers, grouping)


def _unled_role(
    scene: Scene,
    mention: Mention,
    roles: Roles,
    options: Sequence[ColumnCard],
    numbers: Sequence[ColumnCard],
    grouping: Sequence[ColumnCard],
) -> tuple[list[Named], ColumnCard]:
    """The role of a column that no "by" or "per" leads to."""
    aggregate = scene.aggregate_before(mention)
    lead = scene.linked.lead(mention.start)
    if aggregate is not None and is_number(mention.column) and mention.column.role == "constant":
        return roles.measures, mention.column
    if is_time(options[0]) and not (numbers and mention.score < 0.9 and aggregate):
        return roles.times, options[0]
    deed = _is_deed(scene, mention)
    flag = next((o for o in options[: 1 if is_measure(options[0]) and not deed else None] if yes_no(o)), None)
    if flag is not None and (deed or flag in options[:2]):
        return roles.flags, flag
    apart = scene.has("difference", "minus") and (lead in ("between", "minus") or (lead == "and" and roles.measures))
    computed = apart and mention.score < 0.9
    if numbers and (computed or (aggregate is not None and (mention.score < 0.9 or options[0] in numbers))):
        return roles.measures, _best_number(numbers, options)
    if grouping and _is_asked(scene, mention) and not (numbers and options[0] in numbers and not is_label(options[0])):
        return roles.asked, grouping[0]
    named = options[0] in numbers or not grouping or _is_named_number(mention)
    if numbers and named and not is_label(options[0]):
        return roles.measures, _best_number(numbers, options)
    return roles.entities, (grouping or options)[0]


def _is_subject(scene: Scene, mention: Mention) -> bool:
    """Whether the mention names single rows: the table's key, or a word for its rows that partly names a column."""
    lead = scene.linked.lead(mention.start)
    rows = set(range(mention.start, mention.end)) <= scene.linked.rows
    measured = numbers_in(mention) and (scene.aggregate_before(mention) or lead in ("between", "minus"))
    if is_key(mention.column, scene.card.rows) and lead not in ("per", "by", "each", "every"):
        return not measured
    return rows and not mention.exact and lead not in LEADS and not measured


def _is_asked(scene: Scene, mention: Mention) -> bool:
    """Whether the question asks for this column's values: after "which", or "top 5", or a superlative."""
    for at in range(mention.start - 1, max(-1, mention.start - 6), -1):
        word = scene.linked.word(at)
        if at in scene.asks_which or word in ("top", "bottom") or word in HIGHEST | LOWEST:
            return True
        if at in scene.at("popular") or (scene.counted and scene.counted[1] == at):
            return True
        if word in _STOPS:
            return False
    return False


def _leads_group(scene: Scene, mention: Mention, roles: Roles) -> bool:
    """Whether "by", "per", "each" … stands before the column, or a list of keys goes on with it."""
    ends = [named.end for named in roles.keys]
    between = [scene.linked.word(at) for at in range(max(ends), mention.start)] if ends else []
    listed = mention.start in ends and scene.linked.tokens[mention.start].apart
    if listed or (between and all(word in _JOINING for word in between)):
        return True
    cue = scene.before(
        mention.start, "by", past=1 if scene.linked.word(mention.start - 1) in ("number", "level") else 0
    )
    if cue is not None and not (scene.linked.word(cue.first) == "across" and is_measure(mention.column)):
        return True
    lead = scene.linked.lead(mention.start)
    return lead in ("between", "versus", "vs") and not numbers_in(mention) and scene.has("difference", "versus")


def _divides(scene: Scene, mention: Mention, column: ColumnCard, lead: str, roles: Roles) -> bool:
    """`price per square foot`: a number after "per" that another number is divided by."""
    per = scene.linked.word(mention.start - 1) == "per" or lead == "per" or _per_count(scene, mention)
    return per and bool(roles.measures) and not is_label(column) and column.role == "measure"


def _per_count(scene: Scene, mention: Mention) -> bool:
    """`per 100 km`."""
    number = scene.linked.tokens[mention.start - 1].number if mention.start else None
    return number is not None and scene.linked.word(mention.start - 2) == "per"


def _ranks(scene: Scene, mention: Mention, column: ColumnCard, roles: Roles) -> bool:
    """`top customers by revenue`: what follows "by" is measured, not grouped by."""
    if scene.linked.lead(mention.start) != "by":
        return False
    ranks = scene.direction is not None or any(
        w in ("rank", "ranked", "sort", "sorted", "order", "ordered") for w in _words(scene)
    )
    others = [*roles.entities, *roles.asked, *roles.subjects]
    if ranks:
        return not is_label(column) and (bool(others) or not roles.measures)
    return bool(others) and adds_up(column) and (column.distinct or 99) > 12 and not roles.measures


def _words(scene: Scene) -> Sequence[str]:
    return [token.word for token in scene.linked.tokens]


def _best_number(numbers: Sequence[ColumnCard], options: Sequence[ColumnCard]) -> ColumnCard:
    best = [n for n in numbers if n.role == "measure"]
    return options[0] if options[0] in numbers else (best or list(numbers))[0]


_AMOUNT = 1000
"""Numbers that name things are smaller."""


def is_label(column: ColumnCard) -> bool:
    """Whether the column's whole numbers rather name things (a table, a floor) than measure them."""
    if column.name.strip().isdigit():
        return False
    few = (column.distinct or 99) <= 40 and "INT" in column.type.upper()
    few = few and not (isinstance(column.max, (int, float)) and column.max >= _AMOUNT)
    plural = any(token.word != token.stem for token in tokenize(column.name))
    words = meanings(column.name)
    counted = bool(
        words & {"count", "number", "num", "quantity", "total", "age", "duration", "stay", "value", "amount", "figure"}
    )
    known = adds_up(column) or column.adds is not None or counted
    return few and not plural and not yes_no(column) and not known and not words & (ADDED | AVERAGED)


def _is_named_number(mention: Mention) -> bool:
    return mention.column.role not in ("dimension", "text", "target", "identifier")


def _group_rank(column: ColumnCard) -> tuple[bool, bool, bool, bool]:
    """Names before identifiers, what tells the thing before what tells its kind, and personal columns last."""
    kind = bool(KINDS & meanings(column.name))
    number = is_number(column) and column.role == "measure"
    return (kind, column.personal is not None, column.role == "identifier", number)


def _owns(scene: Scene, mention: Mention, following: Mention, led: bool) -> bool:
    """Whether what is asked for, or `led` to, is what the next mention tells of this one's things.

    `by customer segment`. Things are more than their kinds: a coarser column before a finer one stands for itself.
    """
    parted = following.start != mention.end or scene.linked.tokens[following.start].apart
    if parted or not (led or scene.linked.lead(mention.start) in WHICH):
        return False
    thing, kind = mention.column, following.column
    both = all(is_group(column) and not is_time(column) and not is_number(column) for column in (thing, kind))
    singular = all(token.word == token.stem for token in scene.linked.tokens[mention.start : mention.end])
    return both and singular and thing is not kind and (thing.distinct or 0) > (kind.distinct or 0)


def _modifies(scene: Scene, mention: Mention, following: Mention | None) -> bool:
    """Whether a mention only tells which column the next one is: `customer segment`, `order revenue`."""
    if following is None or following.start != mention.end or is_time(mention.column):
        return False
    lead = scene.linked.lead(mention.start)
    if lead in ARTICLES | LEADS or lead in ("which", "what", "whose", "top") or mention.start in scene.asks_which:
        return False
    last = scene.linked.tokens[mention.end - 1]
    if last.word != last.stem or set(range(following.start, following.end)) <= scene.linked.rows:
        return False
    column = mention.column
    weak = mention.score < 1.0 and column.role in ("identifier", "text", "dimension") and not is_number(column)
    rows = set(range(mention.start, mention.end)) <= scene.linked.rows
    return weak or rows or (column.role == "identifier" and not mention.exact)
