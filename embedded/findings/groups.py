"""Readers of results about groups: change, share, compare_groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from embedded.findings.brief import Finding, Step
from embedded.findings.view import View
from embedded.wording import asks_low, asks_relative, capital, listed, moved, paragraph, plural
from embedded.wording import significant as is_significant

Level = Literal["high", "medium", "low"]
SMALL_BASE = 0.05
"""Growth from a base below this part of the largest one is called growth from a small base."""
_EFFECTS = {"cohens_d": "Cohen's d", "rank_biserial": "rank-biserial correlation", "eta_squared": "eta squared"}
SMALL_GROUP = 30
"""Below this many rows a group's average is called uncertain."""


def change(step: Step) -> list[Finding]:
    """Who grew and who fell between two periods, and the total."""
    view, total = step.main, step.parts.get("total")
    if view is not None and view.id.endswith("_total"):
        view, total = None, view
    if view is None or "before" not in view.columns or not step.groups("before", "after", "change"):
        return _total_change(step, total or step.first, main=True)
    by = step.groups("before", "after", "change", "growth", "contribution")
    subject = step.measure(*by)
    movers = _movers(step, view, by, subject)
    return [*movers, *(_total_change(step, total, main=False, by=by) if total else [])]


def _movers(step: Step, view: View, by: list[str], subject: str) -> list[Finding]:
    ups = [i for i in view.order("change") if (view.number(i, "change") or 0) > 0]
    downs = [i for i in view.order("change", descending=False) if (view.number(i, "change") or 0) < 0]
    found = [f for f in (_gainer(step, view, by, subject, ups), _loser(step, view, by, subject, downs)) if f]
    if asks_low(step.question):
        found.reverse()
    if not found:
        return [_no_change(view, subject)] if len(view) and not view.hidden("change") else []
    first = found[0]
    return [Finding(**{**first.__dict__, "main": True}), *found[1:]]


def _gainer(step: Step, view: View, by: list[str], subject: str, ups: list[int]) -> Finding | None:
    group = step.named(by[0])
    if not ups:
        return None
    absolute = ups[0]
    growths = [i for i in ups if view.number(i, "growth") is not None]
    relative = max(growths, key=lambda i: view.number(i, "growth") or 0) if growths else absolute
    lead = relative if asks_relative(step.question) else absolute
    other = absolute if lead == relative else relative
    tied = [i for i in ups if i != lead and view.equal(i, lead, "change")]
    who, told = view.label(lead, by), _move(view, lead, subject)
    if lead == other:
        how = "posted both the highest growth and the largest gain" if growths else "gained the most"
        also = ""
    elif lead == relative:
        how = "grew fastest"
        also = (
            f"The largest gain in absolute terms came from {view.label(other, by)} ({_signed(view, other, 'change')})"
        )
    else:
        how = "gained the most"
        also = f"In relative terms {view.label(other, by)} grew fastest ({_signed(view, other, 'growth')})"
    if view.row_count == 1:
        how = "grew"
    tie = f"{view.label(tied[0], by)} gained exactly as much" if tied else ""
    portion = _portion(view, lead, who)
    return Finding(
        title=f"{who} leads the growth in {subject}" if view.row_count > 1 else f"{who}: {subject} up",
        statement=paragraph(f"{who} {how}: {told}", also, portion, tie),
        answer=paragraph(f"{who} {how}: {told}", also),
        doubt="Two periods are compared here, so part of a single move can be chance or season",
        action=(
            f"Find out what drove the growth of {who} (a lasting change or a one-off) before planning on it, "
            f"and see whether it can be repeated for other {plural(group)}"
        ),
        table=view.id,
        confidence="low" if _small_base(view, lead) else "medium",
        caveat=f"{who} started from a small base, which makes its growth look large"
        if _small_base(view, lead)
        else None,
    )


def _loser(step: Step, view: View, by: list[str], subject: str, downs: list[int]) -> Finding | None:
    if not downs or (view.cut and view.number(len(view) - 1, "change") not in (None, 0) and not _ascending(view)):
        return None
    lead, others = downs[0], downs[1:3]
    who = view.label(lead, by)
    more = listed([f"{view.label(i, by)} ({_signed(view, i, _measure_of_move(view, i))})" for i in others])
    rest = f"{more} also lost ground" if others else ""
    verb = "lost the most" if view.row_count > 1 else "lost ground"
    only = f"No other {step.named(by[0])} declined" if len(downs) == 1 and view.row_count > 1 and not view.cut else ""
    return Finding(
        title=f"{who} shows the steepest loss of {subject}" if len(downs) > 1 else f"{who} lost ground",
        statement=paragraph(f"{who} {verb}: {_move(view, lead, subject)}", rest, only),
        answer=paragraph(f"{who} {verb}: {_move(view, lead, subject)}"),
        doubt="Two periods are compared here, so part of a single move can be chance or season",
        action=f"Look into the decline of {who}: see when it began and what changed at that time",
        table=view.id,
        confidence="medium",
    )


def _ascending(view: View) -> bool:
    return view.order("change", descending=False)[:1] == [0]


def _measure_of_move(view: View, row: int) -> str:
    return "growth" if view.has(row, "growth") else "change"


def _no_change(view: View, subject: str) -> Finding:
    text = f"No group shows any change in {subject} between the two periods"
    return Finding(f"No change in {subject}", paragraph(text), view.id, answer=paragraph(text), main=True)


def _move(view: View, row: int, subject: str) -> str:
    """ "revenue rose from {{before}} to {{after}} ({{change}}, {{growth}})" with what there is."""
    verb = moved(view.number(row, "change"), same="went" if view.hidden("change") else "was unchanged")
    if not view.has(row, "before", "after"):
        return f"{subject} {verb} ({_signed(view, row, 'change')})" if view.has(row, "change") else f"{subject} {verb}"
    told = [_signed(view, row, name) for name in ("change", "growth") if view.has(row, name)]
    if view.number(row, "change") == 0:
        return f"{subject} stayed at {view.show(row, 'after')}"
    extra = f" ({', '.join(told)})" if told else ""
    return f"{subject} {verb} from {view.show(row, 'before')} to {view.show(row, 'after')}{extra}"


def _signed(view: View, row: int, name: str) -> str:
    if name == "growth" and view.number(row, name) is not None:
        return view.ref(row, name, "+1%")
    form = "+1%" if view.table.formats.get(name) == "percent" else "+"
    return view.ref(row, name, form) if view.number(row, name) is not None else "no figure"


def _portion(view: View, row: int, who: str) -> str:
    portion = view.number(row, "contribution")
    if portion is None or view.row_count == 1:
        return ""
    if portion > 1:
        return f"The gain of {who} exceeds the total net change: losses elsewhere ate part of it"
    if portion > 0:
        return f"{who} accounts for {view.ref(row, 'contribution', '1%')} of the total net change"
    return f"{who} grew against the overall direction, which was down" if portion < 0 else ""


def _small_base(view: View, row: int) -> bool:
    bases = [abs(view.number(i, "before") or 0) for i in range(len(view))]
    return len(bases) > 1 and 0 < abs(view.number(row, "before") or 0) < SMALL_BASE * max(bases)


def _total_change(step: Step, view: View, *, main: bool, by: Sequence[str] = ()) -> list[Finding]:
    if not view.has(0, "before", "after"):
        return []
    subject = step.measure(*by)
    span = ""
    if view.has(0, "from", "to"):
        span = f" between {view.ref(0, 'from')} and {view.ref(0, 'to')}"
    text = f"{'' if main else 'overall '}{_move(view, 0, subject)}{span}"
    return [
        Finding(
            title=f"{capital(subject)} {moved(view.number(0, 'change'))} overall"
            if view.number(0, "change") is not None
            else f"{capital(subject)} before and after",
            statement=paragraph(text),
            answer=paragraph(text),
            doubt="Two periods are compared here, so part of a single move can be chance or season",
            action=f"Set this change in {subject} against the same period of earlier years before acting on it",
            table=view.id,
            confidence="medium",
            main=main,
        )
    ]


def share(step: Step) -> list[Finding]:
    """Who holds how much of the whole, and how concentrated it is."""
    view, total = step.first, step.parts.get("total")
    by = step.groups("value", "share", "cumulative_share", "rank")
    order = [i for i in view.order("value") if view.has(i, "share")] if by else []
    if not order:
        return []
    subject = step.measure(*by)
    top, who = order[0], view.label(order[0], by)
    tied = [i for i in order[1:] if view.equal(i, top, "value")]
    lead = (
        f"{listed([view.label(i, by) for i in [top, *tied][:3]])} share first place"
        if tied
        else f"{who} holds the largest share of {subject}"
    )
    told = f"{lead}: {view.show(top, 'value')}, or {view.ref(top, 'share', '1%')} of the total"
    found = [
        Finding(
            title=f"{who} leads in {subject}" if not tied else f"A tie for first place in {subject}",
            statement=paragraph(told, _second(view, order, by), _cumulative(view, order)),
            answer=paragraph(told, _second(view, order, by) if not tied else ""),
            doubt="The shares are counted over all rows of the table, so there is no sampling error in them",
            action=f"Protect what {who} brings in, and test what moves the next {plural(step.named(by[0]))} closer",
            table=view.id,
            confidence="high",
            main=True,
        )
    ]
    if asks_low(step.question) and len(order) > 1 and not view.cut:
        found.insert(0, _smallest_share(view, order, by, subject))
    return found + (_concentration(step, total, by) if total else [])


def _second(view: View, order: list[int], by: list[str]) -> str:
    if len(order) < 2:
        return ""
    return f"{view.label(order[1], by)} follows with {view.ref(order[1], 'share', '1%')}"


def _cumulative(view: View, order: list[int]) -> str:
    if len(order) < 4 or not view.has(order[2], "cumulative_share"):
        return ""
    return f"The first three together make up {view.ref(order[2], 'cumulative_share', '1%')}"


def _smallest_share(view: View, order: list[int], by: list[str], subject: str) -> Finding:
    last = order[-1]
    who = view.label(last, by)
    text = f"{who} has the smallest share of {subject}: {view.show(last, 'value')} ({view.ref(last, 'share', '1%')})"
    return Finding(
        title=f"{who} comes last in {subject}",
        statement=paragraph(text),
        answer=paragraph(text),
        action=f"Decide whether {who} is worth growing or should be wound down: compare its cost with its share",
        table=view.id,
        confidence="high",
        main=True,
    )


def _concentration(step: Step, total: View, by: list[str]) -> list[Finding]:
    gini = total.number(0, "gini")
    if gini is None or (total.number(0, "groups") or 0) < 3:
        return []
    word = "heavily concentrated" if gini >= 0.6 else "unevenly spread" if gini >= 0.3 else "spread fairly evenly"
    subject, group = step.measure(*by), step.named(by[0])
    over = f" over {total.show(0, 'groups')} {plural(group)}" if total.has(0, "groups") else ""
    return [
        Finding(
            title=f"{capital(subject)} {'is concentrated' if gini >= 0.3 else 'is spread evenly'}",
            statement=paragraph(
                f"{capital(subject)} {'are' if subject.endswith('s') else 'is'} {word}{over} "
                f"(Gini coefficient {total.show(0, 'gini')})"
            ),
            table=total.id,
            action=(
                f"Watch the dependence on few {plural(group)}: plan for the loss of the largest one"
                if gini >= 0.3
                else f"Treat the {plural(group)} alike for now: none carries the whole"
            ),
            confidence="high",
        )
    ]


def compare_groups(step: Step) -> list[Finding]:
    """Which group is higher, by how much, and whether the difference could be chance."""
    groups, test = step.parts.get("groups"), step.main
    if groups is None or "level" not in groups.columns:
        return _test_only(step)
    field = "median" if _by_median(step) else "mean"
    order = groups.order(field)
    if not order:
        return []
    subject = _bare(step)
    if len(order) == 1:
        return [_one_group(groups, order[0], field, subject)]
    p = test.number(0, "p") if test else None
    return [_difference(step, groups, test, order, field, subject, p)]


def _bare(step: Step) -> str:
    valued = [c for c in step.source if f" {c.lower()} by " in f" {step.what}"] or list(step.source[:1])
    name = step.named(valued[0]) if valued else "value"
    groups = step.parts.get("groups")
    return f"share of {name}" if groups and groups.table.formats.get("mean") == "percent" else name


def _by_median(step: Step) -> bool:
    return any(word in step.what for word in ("mann", "kruskal"))


def _difference(
    step: Step, groups: View, test: View | None, order: list[int], field: str, subject: str, p: float | None
) -> Finding:
    high, low = order[0], order[-1]
    above, below = groups.label(high, ["level"]), groups.label(low, ["level"])
    word = "median " if field == "median" else "" if subject.startswith("share of ") else "average "
    sure = is_significant(p)
    equal = groups.number(high, field) == groups.number(low, field)
    compared = f"{groups.show(high, field)} for {above} against {groups.show(low, field)} for {below}"
    if equal:
        told = f"The {word}{subject} is the same in every group ({groups.show(high, field)})"
    elif len(order) == 2:
        told = f"The {word}{subject} is higher for {above} than for {below}: {compared}"
    else:
        told = f"The {word}{subject} is highest for {above} and lowest for {below}: {compared}"
    verdict = _verdict(test, sure, p)
    size = _effect(test, groups, high, low)
    return Finding(
        title=(f"{above} and {below} differ in {subject}" if sure else f"No reliable difference in {subject}"),
        statement=paragraph(told, verdict, size),
        answer=paragraph(told, verdict),
        doubt=_interval(test),
        action=(
            f"Find out why {above} and {below} differ in {subject} before steering by it: other things may differ too"
            if sure
            else f"Do not act on this difference in {subject} yet: collect more data or test it on purpose"
        ),
        table=groups.id,
        confidence=_sureness(groups, order, p),
        caveat=_small(groups, order),
        main=True,
    )


def _verdict(test: View | None, sure: bool, p: float | None) -> str:
    if test is None or p is None:
        return "Whether this is more than chance was not tested"
    if sure:
        return f"A difference of this size would rarely arise by chance ({test.p(0)}), so it counts as significant"
    return f"The difference is not significant ({test.p(0)}): chance alone could explain it"


def _effect(test: View | None, groups: View, high: int, low: int) -> str:
    for name in _EFFECTS:
        if test is not None and test.number(0, name) is not None:
            size = abs(test.number(0, name) or 0)
            small, large = (0.06, 0.14) if "squared" in name else (0.3, 0.8)
            word = "small" if size < small else "moderate" if size < large else "large"
            return f"As effects go it is {word} ({_EFFECTS[name]} {test.show(0, name)})"
    spread = max(groups.number(i, "std_sample") or 0 for i in (high, low))
    gap = abs((groups.number(high, "mean") or 0) - (groups.number(low, "mean") or 0))
    if spread <= 0 or not gap:
        return ""
    word = "small" if gap < 0.3 * spread else "moderate" if gap < 0.8 * spread else "large"
    return f"Measured against the spread within the groups, the gap is {word}"


def _interval(test: View | None) -> str:
    pairs = (("ci_low", "ci_high"), ("low", "high"), ("difference_low", "difference_high"), ("diff_low", "diff_high"))
    for low, high in pairs:
        if test is not None and test.has(0, low, high):
            return f"The confidence interval of the difference runs from {test.show(0, low)} to {test.show(0, high)}"
    return ""


def _sureness(groups: View, order: list[int], p: float | None) -> Level:
    least = min((groups.number(i, "n") or 0) for i in order)
    if p is None or least < SMALL_GROUP:
        return "low"
    return "high" if p < 0.01 or p >= 0.2 else "medium"


def _small(groups: View, order: list[int]) -> str | None:
    few = [i for i in order if 0 < (groups.number(i, "n") or 0) < SMALL_GROUP]
    if groups.hidden("mean"):
        return "Groups of a single row are in the table but are left out of this comparison"
    if not few:
        return None
    who = listed([f"{groups.label(i, ['level'])} ({groups.show(i, 'n')})" for i in few[:3]])
    return f"Few rows stand behind {who}, so the averages there are uncertain"


def _one_group(groups: View, row: int, field: str, subject: str) -> Finding:
    text = (
        f"There is only one group, {groups.label(row, ['level'])}, with {'a' if field == 'median' else 'an average'} "
        f"{'median ' if field == 'median' else ''}{subject} of {groups.show(row, field)}: nothing to compare it with"
    )
    return Finding(
        "Only one group",
        paragraph(text),
        groups.id,
        answer=paragraph(text),
        confidence="high",
        main=True,
        action="Collect data on a second group before drawing a comparison",
    )


def _test_only(step: Step) -> list[Finding]:
    view = step.first
    p = view.number(0, "p")
    if p is None:
        return []
    text = _verdict(view, is_significant(p), p)
    return [Finding("The test of the difference", paragraph(text), view.id, answer=paragraph(text), main=True)]
