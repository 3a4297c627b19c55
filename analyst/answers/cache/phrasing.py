"""What the guard of kept answers may overlook or take for the same: closed lists, everything else counts as written.

A word stands here only where no sensible question changes its meaning by it. Canonical words begin with "#", so that no
word of a question is one by itself.
"""

from __future__ import annotations

from analyst.core import text

Phrase = tuple[str, ...]


def _phrases(text: str) -> tuple[Phrase, ...]:
    """A phrase a line, longest first: of two that fit the longer one counts."""
    found = (tuple(line.split()) for line in text.strip().splitlines())
    return tuple(sorted(found, key=len, reverse=True))


OPENINGS = _phrases("""
what is
what are
what was
what were
what 's
show
show me
show us
give
give me
give us
tell me
tell us
let me know
let me see
find
find me
get
get me
provide
calculate
compute
determine
work out
i want
i need
i want to know
i want to see
i need to know
i need to see
i would like
i would like to know
i would like to see
i 'd like
i 'd like to know
i 'd like to see
we want to know
we need to know
we would like to know
can you
could you
would you
will you
can you tell me
could you tell me
can you show me
could you show me
can you help me
could you help me
do you know
please
kindly
hi
hello
hey
hi there
good morning
quick question
thanks
""")
"""Ways to begin that ask for nothing: dropped at the start of a question and after a pause, again and again."""
NOUNS_TOO = frozenset("list name display present report return".split())  # noqa: SIM905
"""The same, but only in front of one of AFTER_A_VERB: "list the prices" asks, "list price" is a price."""
AFTER_A_VERB = frozenset("the all a an me us how which what each every total average #count #total #mean".split())  # noqa: SIM905
CLOSINGS = _phrases("""
please
thanks
thank you
many thanks
thanks a lot
for me
if you can
if possible
""")
HARMLESS = frozenset(
    "the a an please kindly is are was were be been do does did has have had got there 's our of".split()  # noqa: SIM905
)
"""Dropped wherever they stand. `of` is looked at before that: in front of a period or a value it means "in"."""
ASKED_YES_OR_NO = frozenset("is are was were do does did has have had".split())  # noqa: SIM905
"""At the very beginning these ask for yes or no, which is something else than asking for a figure."""

SAME: dict[Phrase, Phrase] = {
    tuple(phrase.split()): tuple(canonical.split())
    for canonical, phrases in {
        "#count": ("how many", "number of", "the number of", "count of", "count the", "count"),
        "#total": ("total", "sum", "sum of", "total of"),
        "#mean": ("average", "mean", "avg", "average of", "mean of"),
        "#max": ("highest", "largest", "biggest", "greatest", "maximum", "max"),
        "#min": ("lowest", "smallest", "least", "minimum", "min", "fewest"),
        "#up": ("increase", "rise", "increase in", "increase of", "rise in", "rise of"),
        "#down": ("decrease", "decline", "decrease in", "decrease of", "decline in", "decline of"),
        "#without": ("without", "excluding", "except", "except for", "leaving out", "not counting", "not including"),
        "#only": ("only for", "just for"),
        "#afew": ("a few",),
        "#alittle": ("a little",),
        "by": (
            "for each",
            "for every",
            "in each",
            "by each",
            "grouped by",
            "split by",
            "broken down by",
            "in terms of",
        ),
        "correlation": ("correlation between", "correlation of"),
        "change": ("change in", "change of"),
        "which": ("what",),
        "versus": ("vs",),
        "%": ("percent", "per cent"),
        "q1": ("first quarter", "1 st quarter", "quarter 1", "quarter one"),
        "q2": ("second quarter", "2 nd quarter", "quarter 2", "quarter two"),
        "q3": ("third quarter", "3 rd quarter", "quarter 3", "quarter three"),
        "q4": ("fourth quarter", "4 th quarter", "quarter 4", "quarter four"),
    }.items()
    for phrase in phrases
}
BEFORE_A_COLUMN: dict[Phrase, Phrase] = {("the", "most"): ("#max",)}
"""The same, but only in front of a column: "the most revenue" is the highest, "the most recent" and "most regions" are
not."""
COUNTING = frozenset(phrase for phrase in SAME if phrase[-2:] in (("number", "of"), ("count", "of")))
"""Not in front of an article: "the number of the order" is a name and no count."""
BEFORE_A_NUMBER: dict[Phrase, Phrase] = {
    tuple(phrase.split()): (canonical,)
    for canonical, phrases in {
        "#gt": ("above", "over", "greater than", "more than", "higher than", "larger than", "exceeding"),
        "#lt": ("below", "under", "less than", "lower than", "smaller than", "fewer than"),
    }.items()
    for phrase in phrases
}
"""The same, but only in front of a number: "over 5" is a limit, "over time" is none."""

NUMBERS = {
    word: str(value)
    for value, word in enumerate(
        "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen".split(),  # noqa: SIM905
        2,
    )
} | {"twenty": "20", "thirty": "30", "fifty": "50"}
MONTHS = tuple(month.lower() for month in text.MONTHS)
SHORT_MONTHS = {month[:3]: month for month in MONTHS} | {"sept": "september"}
GRAINS = frozenset("hour day week month quarter year weekday".split())  # noqa: SIM905
"""Units of time that a question groups by."""

ORDERED = frozenset(
    """
    than versus from to between minus plus and or but while if when compared comparison compare difference ratio not
    with whose who where that having divided times less more higher lower only as relative against into unless nor both
    either instead share percentage proportion - / + < > = <= >= != <> * ( )
    """.split()  # noqa: SIM905
)
"""Words after which it matters what stands where: a question that holds one is compared in its full order."""
EXTREMES = frozenset("#max #min top bottom best worst first last".split())  # noqa: SIM905
"""What picks by rank: a period behind it may belong to the picking, one in front of it to the measure."""
WRITTEN_LARGE = frozenset("US IT WHO AM OR IN ME IS AS".split())  # noqa: SIM905
"""Names in capitals that are small words otherwise."""
LIMITING = frozenset("with where whose".split())  # noqa: SIM905
"""In front of a column and its limit these are one: "rows with an age above 5", "rows whose age is above 5"."""
LINKING = frozenset("by in on at for which".split())  # noqa: SIM905
"""Words that tie columns to a question: once two plans are equal, these can no longer differ in what they tie."""
