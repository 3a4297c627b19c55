"""Readers of single values and of columns: one row of SQL, how values are distributed, gaps that were filled."""

from __future__ import annotations

from dataclasses import replace

from analyst.core.text import listed, plural
from analyst.rulebased.findings.brief import Step
from analyst.rulebased.findings.caveats import doubtful
from analyst.rulebased.findings.finding import TOLD, Finding, Holds, tell
from analyst.rulebased.findings.shape import Shape, main_number, naming
from analyst.rulebased.findings.subject import COUNT, Subject, of_column
from analyst.rulebased.findings.topics import Topic
from analyst.rulebased.findings.view import View
from analyst.rulebased.wording import asks_low, capital, grain_of, in_period, significant

SKEWED = 1.0
"""From this skewness on a mean misleads and the median is named beside it."""
MANY_MISSING = 0.05
MOST_COLUMNS = 3
_FIELDS = {"average": "mean", "median": "median"}


def single(topic: Topic, shape: Shape) -> list[Finding]:
    """The value asked for, with its condition, and what it rests on; how the values behind it are spread."""
    step, view = topic.lead, topic.lead.first
    names = [n for n in [*shape.labels, *shape.times] if view.has(0, n)]
    numbers = [n for n in shape.numbers if view.has(0, n)]
    if not names and not numbers:
        return [tell(TOLD["no value"], {"scope": step.scope}, view.id)]
    if not numbers:
        told = listed([f"the {step.named(n)} {'is' if len(names) == 1 else ''} {view.ref(0, n)}" for n in names])
        return [tell(TOLD["names"], {"told": " ".join(told.split()), "scope": step.scope}, view.id)]
    lead = next((n for n in numbers if n in view.table.order), main_number(numbers))
    slots = {
        **_value_slots(step, view, lead),
        "based": _based(step, view, numbers, lead),
        "beside": _beside(step, view, numbers, lead),
        "part": _part_of_all(topic),
        **_spread_slots(topic, numbers),
    }
    count = step.subject_of(lead).kind == "count"
    if names:
        kind, slots = _named(step, view, (names, shape.times), slots)
    else:
        kind = "value" if not count else "count" if view.number(0, lead) != 0 else "none"
    behind = next((view.number(0, n) for n in numbers if COUNT.match(n) and n != lead), None)
    found = tell(TOLD[kind], slots, view.id)
    asked = count and not names and step.question.lower().startswith(("are there", "is there"))
    holds: Holds = "" if not asked else "yes" if view.number(0, lead) else "no"
    return [replace(found, rows=behind, holds=holds, counts=count and not names)]


def value_told(step: Step, view: View, lead: str) -> str:
    """The number of column `lead` in a sentence."""
    subject = step.subject_of(lead)
    return f"the {subject.words}{step.scope} {subject.be} {subject.shown(view, 0, lead)}"


def _value_slots(step: Step, view: View, lead: str) -> dict[str, str]:
    subject, number = step.subject_of(lead), view.number(0, lead)
    one = subject.kind == "count" and number == 1
    return {
        "measure": subject.words,
        "value": subject.shown(view, 0, lead),
        "be": "is" if one else "are" if subject.kind == "count" else subject.be,
        "things": _noun(subject.name, number),
        "scope": step.scope,
    }


def _named(
    step: Step, view: View, named: tuple[list[str], list[str]], slots: dict[str, str]
) -> tuple[str, dict[str, str]]:
    """The kind and the words of a row with a name: who it is, or when."""
    names, times = named
    numbers = [n for n in view.columns if view.numeric(n) and n not in names]
    subject = step.subject_of(main_number(numbers)) if numbers else Subject("value")
    low = step.ranked > 0 or (not step.ranked and asks_low(step.question))
    ranked = step.facts.limit == 1
    if times and names[0] == times[0] and ranked:
        grain = grain_of(view.value(0, names[0]))
        when = in_period(view.ref(0, names[0]), grain if isinstance(view.value(0, names[0]), str) else "")
        return "dated value", slots | {
            "measure": subject.start, "be": subject.be, "when": when, "end": "lowest" if low else "highest"
        }  # fmt: skip
    most = subject.most(low=low) if ranked else subject.words
    return "named value", slots | {"who": view.label(0, naming(names)), "most": most}


def _noun(name: str, number: float | None) -> str:
    """ "record" of one, "records" of more; other nouns as they are."""
    return name[:-1] if number == 1 and name.endswith("s") and plural(name[:-1]) == name else name


def _based(step: Step, view: View, numbers: list[str], lead: str) -> str:
    """How many rows stand behind a figure."""
    counts = [n for n in numbers if n != lead and COUNT.match(n)][:1]
    if not counts or step.subject_of(lead).kind == "count":
        return ""
    noun = _noun(step.subject_of(counts[0]).name, view.number(0, counts[0]))
    return f", from {view.show(0, counts[0])} {noun}"


def _beside(step: Step, view: View, numbers: list[str], lead: str) -> str:
    """The other figures of the row."""
    others = [n for n in numbers if n != lead and not COUNT.match(n)][:4]
    told = [f"{subject.words} {subject.shown(view, 0, n)}" for n in others for subject in [step.subject_of(n)]]
    return f"; {listed(told)}" if told else ""


def _part_of_all(topic: Topic) -> str:
    """What part of all records a count makes up."""
    views = [step.first for step in topic.supports if step.method is None]
    view = next((view for view in views if view.has(0, "share_of_all", "all_records")), None)
    if view is None:
        return ""
    return f", {view.show(0, 'share_of_all')} of all {view.show(0, 'all_records')} records"


def _spread_slots(topic: Topic, numbers: list[str]) -> dict[str, str]:
    """How the values behind the figure are spread, from the description beside it."""
    step = topic.support("describe")
    if step is None or not step.first.has(0, "median", "q1", "q3"):
        return {}
    view, subject = step.first, step.subject()
    known = {topic.lead.subject_of(name).agg for name in numbers}
    words = [word for word in _FIELDS if word not in known]
    shown = [subject.value(view.show(0, _FIELDS[word])) for word in words]
    median = f", the median {shown[1]}" if len(shown) > 1 else ""
    return {
        "typical": f"the {words[0]} {subject.name} {subject.be} {shown[0]}{median}" if words else "",
        "spread": spread(view, 0, subject),
        "pulled": _pulled(view, 0),
        "median_advice": _advice(view, 0, subject.name),
    }


def describe(topic: Topic) -> list[Finding]:
    """Center, spread and shape of each column (or of a column in each group)."""
    step, view = topic.lead, topic.lead.first
    by = [c for c in step.groups("variable", "n") if c != "variable"]
    rows = [i for i in range(len(view)) if view.has(i, "mean") or view.has(i, "mode")]
    if by:
        return _by_group(step, view, by)
    asked = [i for i in rows if _of(step, view, i).name.lower() in step.question.lower()]
    ordered = [*asked, *(i for i in rows if i not in asked)]
    outlying = topic.support("outliers")
    return [
        _described(step, view, i, outlying if place == 0 else None) for place, i in enumerate(ordered[:MOST_COLUMNS])
    ]


def _of(step: Step, view: View, row: int) -> Subject:
    return of_column(str(view.value(row, "variable") or "value"), step.question, step.source)


def _described(step: Step, view: View, row: int, outlying: Step | None = None) -> Finding:
    subject, rows = _of(step, view, row), view.number(row, "n")
    if not view.has(row, "mean"):
        return replace(tell(TOLD["usual"], {"name": subject.name, "value": view.ref(row, "mode")}, view.id), rows=rows)
    middle, *others = _middles(step, view, row)
    slots = {
        "name": subject.name,
        "be": subject.be,
        "scope": step.scope,
        "middle": middle,
        "value": subject.value(view.show(row, _FIELDS[middle])),
        "other": "".join(f", the {word} {subject.value(view.show(row, _FIELDS[word]))}" for word in others),
        "moments": "".join(f", the {word} {view.short(row, field)}" for word, field in _moments(step, view, row)),
        "spread": spread(view, row, subject),
        "pulled": _pulled(view, row),
        "without": _without(outlying),
        "median_advice": _advice(view, row, subject.name),
    }
    gaps = view.has(row, "missing") and (view.number(row, "missing_pct") or 0) >= MANY_MISSING
    caveat = f"{capital(subject.name)} is missing in {view.ref(row, 'missing')} rows." if gaps else ""
    return replace(tell(TOLD["column"], slots, view.id), rows=rows, caveat=caveat)


def _middles(step: Step, view: View, row: int) -> list[str]:
    """The average and the median, the one that the question names first."""
    known = [word for word, field in _FIELDS.items() if view.has(row, field)]
    return sorted(known, key=lambda word: word not in step.question.lower())


def _moments(step: Step, view: View, row: int) -> list[tuple[str, str]]:
    """Skewness and kurtosis, where the question asks for them by name."""
    fields = (("skewness", "skew_sample"), ("kurtosis", "kurt_sample"))
    return [(word, field) for word, field in fields if word[:4] in step.question.lower() and view.has(row, field)]


def spread(view: View, row: int, subject: Subject) -> str:
    """ "Half of the values lie between … and …, and all between … and …"; ends that are the same are told once."""
    if view.has(row, "min", "max") and view.number(row, "min") == view.number(row, "max"):
        return f"all values are {subject.value(view.show(row, 'min'))}"
    told = [
        f"{lead} lie between {subject.span(view.show(row, low), view.show(row, high))}"
        if view.number(row, low) != view.number(row, high)
        else f"{lead} are {subject.value(view.show(row, low))}"
        for lead, low, high in (("half of the values", "q1", "q3"), ("all", "min", "max"))
        if view.has(row, low, high)
    ]
    return ", and ".join(told)


def _pulled(view: View, row: int) -> str:
    skew = view.number(row, "skew_sample") or 0
    if abs(skew) < SKEWED:
        return ""
    return f"a few very {'high' if skew > 0 else 'low'} values pull the average {'up' if skew > 0 else 'down'}"


def _advice(view: View, row: int, name: str) -> str:
    return f"Report the median along with the average of {name}" if _pulled(view, row) else ""


def _without(step: Step | None) -> str:
    """What the average is without the outliers."""
    view = step.first if step else None
    if step is None or view is None or not view.number(0, "n_outliers") or not view.has(0, "mean_kept"):
        return ""
    subject, one = step.subject(), view.number(0, "n_outliers") == 1
    values = "value stands" if one else "values stand"
    mean = subject.value(view.show(0, "mean_kept"))
    told = f"{view.show(0, 'n_outliers')} {values} out; without {'it' if one else 'them'}"
    return f"{told}, the average {subject.name} {subject.be} {mean}"


def _by_group(step: Step, view: View, by: list[str]) -> list[Finding]:
    found: list[Finding] = []
    for name in list(dict.fromkeys(view.value(i, "variable") for i in range(len(view))))[:2]:
        order = [i for i in view.order("mean") if view.value(i, "variable") == name]
        if order:
            found.append(_grouped(step, view, by, order[::-1] if asks_low(step.question) else order))
    return found


def _grouped(step: Step, view: View, by: list[str], order: list[int]) -> Finding:
    subject, top, last = _of(step, view, order[0]), order[0], order[-1]
    end, other = ("lowest", "highest") if asks_low(step.question) else ("highest", "lowest")
    named = step.named(by[0])
    far = (
        f" and {other} {view.among(last, by, named)} ({subject.value(view.show(last, 'mean'))})" if last != top else ""
    )
    medians = [subject.value(view.show(i, "median")) for i in (top, last) if view.has(i, "median")]
    slots = {
        "name": subject.name,
        "group": named,
        "be": subject.be,
        "scope": step.scope,
        "end_word": end,
        "among": view.among(top, by, named),
        "value": subject.value(view.show(top, "mean")),
        "other": far,
        "doubt": doubtful(
            view,
            order,
            by,
            "n" if "n" in view.columns else None,
            lambda i: f"{view.label(i, by, named)} ({subject.value(view.show(i, 'mean'))})",
        ),
        "medians": f"the medians are {listed(medians)}" if len(medians) == 2 and last != top else "",
    }
    rows = min((view.number(i, "n") or 0 for i in order), default=None)
    hidden = "Groups with a single row are left out of this comparison." if view.hidden("mean") else ""
    return replace(tell(TOLD["columns by group"], slots, view.id), rows=rows, caveat=hidden)


def normality(topic: Topic) -> list[Finding]:
    """Whether each column could come from a normal distribution; its description beside it."""
    step, view = topic.lead, topic.lead.first
    found = [_tested(step, view, i) for i in range(len(view)) if view.number(i, "p") is not None][:MOST_COLUMNS]
    described = topic.support("describe")
    if described and len(described.first) and described.first.has(0, "mean"):
        found.append(_described(described, described.first, 0))
    return found


def _tested(step: Step, view: View, row: int) -> Finding:
    name, against = _of(step, view, row).name, significant(view.number(row, "p"))
    slots = {
        "name": name,
        "fits": "does not follow a normal distribution" if against else "is compatible with a normal distribution",
        "p": view.p(row),
        "doubt": "With many rows, the test also rejects small, harmless deviations"
        if against
        else "A test that finds no deviation does not prove normality",
        "advice": f"Use the median and rank tests for {name}" if against else f"Averages and t tests suit {name}",
    }
    return replace(tell(TOLD["normal"], slots, view.id), rows=view.number(row, "n"), sure="medium",
                   holds="no" if against else "yes")  # fmt: skip


def impute(topic: Topic) -> list[Finding]:
    """How many gaps were filled."""
    step, view = topic.lead, topic.lead.first
    if not view.has(0, "n_filled"):
        return []
    name = step.named(step.source[0]) if step.source else "the column"
    return [replace(tell(TOLD["filled"], {"name": name, "value": view.ref(0, "n_filled")}, view.id), sure="medium")]


def empty(step: Step) -> Finding:
    """That no row matches."""
    return tell(TOLD["nothing"], {"scope": step.scope}, step.first.id)


def listing(step: Step, shape: Shape) -> list[Finding]:
    """The rows of a result without numbers, by their first name or time."""
    view, field = step.first, next(iter([*shape.labels, *shape.times]), None)
    full = [i for i in range(len(view)) if field and view.has(i, field)]
    if field is None or not full:
        return []
    first: dict[object, int] = {}
    for i in full:
        first.setdefault(i if view.table.is_withheld(i, field) else view.value(i, field), i)
    named = step.named(field)
    slots = {
        "named": named,
        "lead": f"{plural(named)} that match" if len(first) > 1 else f"the {named} that matches",
        "scope": step.scope,
        "names": listed([view.ref(i, field) for i in list(first.values())[:5]]),
        "more": " and more, in the table" if len(first) > 5 or view.cut else "",
    }
    return [tell(TOLD["list"], slots, view.id)]


def unranked(step: Step, shape: Shape, field: str) -> list[Finding]:
    """Rows whose numbers are withheld and not sorted: they are listed, since nobody here can tell the largest."""
    view, labels = step.first, shape.naming
    rows = [i for i in range(len(view)) if view.has(i, field)][:3]
    if not rows:
        return listing(step, shape)
    subject = step.subject_of(field)
    told = [f"{view.label(i, labels)} ({subject.words} {subject.value(view.show(i, field))})" for i in rows]
    more = view.row_count > len(rows)
    slots = {"measure": subject.words, "lead": "rows that match", "scope": step.scope,
             "list": listed(told), "joint": "; the first are " if more else ": "}  # fmt: skip
    return [replace(tell(TOLD["unranked"], slots, view.id), sure="medium")]
