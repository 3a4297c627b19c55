"""Reader of shares: who holds how much of the whole, and how concentrated it is."""

from __future__ import annotations

from analyst.core.text import listed, plural
from analyst.rulebased.findings.brief import Finding, Step
from analyst.rulebased.findings.subject import Subject
from analyst.rulebased.findings.topics import Topic
from analyst.rulebased.findings.view import View
from analyst.rulebased.wording import asks_low, capital, count_word, paragraph

ALL_COUNTED = "Every matching record is counted"
DEPENDENT = 0.5
"""From this share on a whole depends on its largest group."""
CONCENTRATED, UNEVEN = 0.6, 0.3
"""Gini coefficients from which a whole counts as concentrated, or as unevenly split."""


def share(topic: Topic) -> list[Finding]:
    """The leader, how far the first ones reach, and who holds least."""
    view, by, order = shares(topic.lead)
    if not order:
        return []
    subject = topic.lead.subject(*by)
    top, who = order[0], view.label(order[0], by)
    tied = [i for i in order[1:] if view.equal(i, top, "value")]
    told = f"{who} holds the largest share of {_whole(subject)}: {_held(view, top, subject)}"
    if tied:
        together = listed([view.label(i, by) for i in [top, *tied][:3]])
        told = f"{together} share first place: {_held(view, top, subject)} each"
    reach = concentration(topic.lead)
    followers = [i for i in order[1:] if i not in tied][:2]
    next_ = listed([f"{view.label(i, by)} ({view.show(i, 'share')})" for i in followers])
    follow = f"{next_} {'follows' if len(followers) == 1 else 'follow'}" if followers else ""
    main = Finding(
        title=reach.title if reach else f"{who} leads",
        headline=f"{capital(who)} holds {view.show(top, 'share')} of {_whole(subject)}"
        if not tied
        else "A tie for first place",
        statement=reach.statement if reach else paragraph(told),
        answer=paragraph(told, follow),
        gist=reach.gist if reach else "",
        because=ALL_COUNTED,
        action=reach.action if reach else "",
        table=view.id,
        confidence="high",
        main=True,
        size=1.0,
    )
    last = smallest(topic.lead)
    if last and asks_low(topic.lead.question):
        return [last, main]
    return [main, *([last] if last else [])]


def shares(step: Step) -> tuple[View, list[str], list[int]]:
    """The step's shares, their group columns and their rows, largest first."""
    view = step.first
    by = step.groups("value", "share", "cumulative_share", "rank")
    return view, by, [i for i in view.order("value") if view.has(i, "share")] if by else []


def _whole(subject: Subject) -> str:
    return f"all {subject.name}" if subject.kind == "count" else subject.words


def _held(view: View, row: int, subject: Subject) -> str:
    return f"{subject.value(view.show(row, 'value'))}, or {view.show(row, 'share')}"


def concentration(step: Step) -> Finding | None:
    """How far the first groups reach, of how many, and how even the split is."""
    view, by, order = shares(step)
    total = step.parts.get("total")
    subject = step.subject(*by)
    if len(order) < 3:
        return None
    group, known = step.group(by[0]), view.row_count
    first = 3 if known > 5 else 2
    if any(view.value(i, by[0]) in (None, "(missing)") for i in order[:first]):
        return None
    if not view.has(order[first - 1], "cumulative_share"):
        return None
    reach = view.show(order[first - 1], "cumulative_share")
    of_all = f"of {count_word(known) if known <= 12 else total.show(0, 'groups') if total else 'all'} {plural(group)}"
    gini = total.number(0, "gini") if total else None
    split = (
        ""
        if gini is None or total is None
        else f"The split is {_evenness(gini)} (Gini coefficient {total.short(0, 'gini')})"
    )
    names = listed([view.label(i, by) for i in order[:first]])
    whole = f" of {subject.value(total.show(0, 'total'))}" if total is not None and total.has(0, "total") else ""
    return Finding(
        title=f"{capital(count_word(first))} {of_all} make up {reach} of {_whole(subject)}",
        statement=paragraph(f"{names} together reach {reach}{whole}", split),
        gist=f"{names} together make up {reach} of {_whole(subject)}",
        because=ALL_COUNTED,
        action=_action(view, order, first, plural(group)),
        table=view.id,
        confidence="high",
        size=max(0.3, gini or 0),
    )


def _evenness(gini: float) -> str:
    return "heavily concentrated" if gini >= CONCENTRATED else "uneven" if gini >= UNEVEN else "fairly even"


def _action(view: View, order: list[int], first: int, groups: str) -> str:
    top, reach = view.number(order[0], "share") or 0, view.number(order[first - 1], "cumulative_share") or 0
    if top >= DEPENDENT or (reach >= 0.8 and view.row_count >= 3 * first):
        return f"Plan for the dependence on a few {groups}: what would losing the largest one cost?"
    return ""


def smallest(step: Step) -> Finding | None:
    """Who holds least, where all groups are known."""
    view, by, order = shares(step)
    if len(order) < 3 or view.cut:
        return None
    last, subject = order[-1], step.subject(*by)
    who = view.label(last, by)
    return Finding(
        title=f"{capital(who)} comes last with {view.show(last, 'share')}",
        headline=f"{capital(who)} holds least of {_whole(subject)}: {view.show(last, 'share')}",
        statement=paragraph(f"{who} holds the smallest part of {_whole(subject)}: {_held(view, last, subject)}"),
        answer=paragraph(f"{who} holds the smallest part of {_whole(subject)}: {_held(view, last, subject)}"),
        gist=f"{who} comes last with {view.show(last, 'share')}",
        because=ALL_COUNTED,
        table=view.id,
        confidence="high",
        size=0.3,
    )
