"""The words by which questions ask, as data: the phrases of each cue (phrases.txt, statistics.txt), and words that
hold a sentence together. They are compared with a question's folded words and their stems; nothing here knows of a
particular table.
"""

from __future__ import annotations

from pathlib import Path

_NAMED = "ratio "


def _phrases(file: str) -> dict[str, str]:
    """The phrases of each cue, from a file: alternatives parted by semicolons."""
    found: dict[str, str] = {}
    kind = ""
    for line in (Path(__file__).with_name(file)).read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if not line.startswith(" "):
            kind, _, line = line.partition(":")
        found[kind] = f"{found.get(kind, '')} {line.strip()}".strip()
    return found


CUES = _phrases("phrases.txt")
"""The phrases of each cue. Of overlapping phrases the longest counts."""
STATISTICS = _phrases("statistics.txt")
"""The phrases of statistics, tests, models and steps of preparation."""
RATIOS: dict[str, tuple[str, str]] = {
    kind: (above.strip(), below.strip())
    for kind in CUES
    if kind.startswith(_NAMED)
    for above, _, below in [kind.removeprefix(_NAMED).partition("/")]
}
"""Ratios that have a name: the cue, and words of the columns above and below the line."""

LEADS = frozenset("by per each every across within".split())
ARTICLES = frozenset(
    "the a an all our individual single separate given respective various their its this that these those "
    "different any some my your his her calendar following of".split()
)
WHICH = frozenset("which what whose who whom".split())
PERSONS = frozenset(
    "person people individual passenger respondent participant patient customer employee member student woman man "
    "adult girl boy subject anyone those".split()
)


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


GRAMMAR = _set(
    """
    a an the and or but nor so if then than that this these those there here it its they them their theirs he
    she his her we us our ours i me my you your one ones each every all any some either neither such same other
    of in on at by for from to with within into onto upon about among between through during via as out around
    along toward towards while whilst is are was were be been being am do does did done doing has have having
    had can could would should may might must ll s t re ve d m what which who whom whose when where since until
    till how many much just also too even still yet already again very really quite per please thanks thank let
    lets want need like get give show tell list find see know look display compute calculate determine report
    present provide make made hello hi hey dear kindly question answer using use based according respectively
    ist sind war der die das den dem des ein eine einer le la les un une el los las del du und et y
    """
)
"""Words that hold a sentence together, or ask politely."""
IDLE = _set(
    """
    true data dataset include includes table file sheet row rows record records recorded entry entries column
    columns value values figure figures number numbers reading readings measurement measurements result results
    info information detail details list amount amounts level levels name names come comes came coming go goes
    went bring brings brought belong belongs exist exists happen happens happened occur occurs occurred take
    takes took taken become became given been seen looking expressed regarding respect terms currently now today
    actually exactly approximately roughly separately individually sorted sort order ordered ranked rank ranking
    particular specific case cases place thing things group groups category categories got getting use uses
    using used ask asked say said call called find found stand stands look looks rather general way kind kinds
    type types date dates time times period periods
    """
)
"""Words that add nothing that could be missing from a plan, beside whatever the table holds."""
EVENTS = _set(
    """
    cause caused causes sell sells sold selling buying ordering driving paying order ordered purchase purchased
    buy buys bought produce produces produced manufacture manufactured drive drove driven travel travelled
    traveled collect collects collected generate generates generated receive receives received serve serves
    served handle handles handled register registered log logged process processed perform performed conduct
    conducted visit visited attend attended cover covered achieve achieved reach reached donate donated
    contribute contributed borrow borrowed lend lent rent rented ship shipped deliver delivered send sent issue
    issued submit submitted claim claimed book booked accumulate accumulated work works worked working stay
    stayed live lives lived do does did made strongly signed come comes gave gives give have has had need needs
    needed run runs ran play plays played keep keeps kept prefer prefers preferred
    """
)
"""Verbs of what rows are: idle where a plan computes with a column or counts rows, unless they are negated."""
SPENDING = _set(
    """
    cost costs spend spends spent pay pays paid earn earns earned bill billed charge charged raise raised wait
    waited weigh weighs weighed last lasts lasted consume consumed incur incurred worked stayed used open opened
    """
)
"""Verbs that speak of a number: idle only where a plan computes with a number column."""
PLACED = _set("placed made recorded registered sold bought ordered produced taken given done booked purchased there")
"""What is said of every row: idle in the passive voice, too ("orders that were placed")."""
