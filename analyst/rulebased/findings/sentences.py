"""What each kind of result says, as one table of sentences: every reader fills in the words of its result."""

from __future__ import annotations

from typing import Final

from analyst.rulebased.findings.finding import Told

CHANCE: Final = "A difference this large would rarely arise by chance"
MAYBE_CHANCE: Final = "Chance alone could explain the difference"

TOLD: Final = {
    # one row
    "value": Told(
        title="{measure}{scope?}: {value}",
        headline="{measure}{scope?}: {value}",
        answer=("The {measure}{scope?} {be} {value}{based?}{beside?}",),
        detail=("{typical}", "{spread}", "{pulled}"),
        action="{median_advice}",
    ),
    "count": Told(
        title="{value} {things}{scope?}",
        headline="{value} {things}{scope?}",
        answer=("There {be} {value} {things}{scope?}{part?}{based?}{beside?}",),
    ),
    "none": Told(
        title="No {things}{scope?}",
        headline="No {things}{scope?}",
        answer=("There are no {things}{scope?}",),
    ),
    "named value": Told(
        title="{who}: {value}",
        headline="{who} has {most}: {value}",
        answer=("{who} has {most}{scope?}: {value}{based?}{beside?}",),
    ),
    "dated value": Told(
        title="{measure}: {value}",
        headline="{measure} {be} {end} {when}: {value}",
        answer=("{measure}{scope?} {be} {end} {when}: {value}{based?}{beside?}",),
    ),
    "names": Told(title="{told}", headline="{told}", answer=("{told}{scope?}",)),
    "no value": Told(
        title="No value", headline="No value to compute", answer=("No row{scope?} has a value to compute this from",)
    ),
    "nothing": Told(
        title="Nothing matches",
        headline="No matching rows",
        answer=("No row of the table matches{scope?}",),
        detail=("A value may be spelled differently in the table",),
        action="Check the names and dates in your question against the table, then ask again",
    ),
    "list": Told(
        title="Matching rows, by {named}",
        headline="{lead}",
        answer=("{lead}{scope?}: {names}{more?}",),
    ),
    # groups
    "ranking": Told(
        title="{measure} by {group}",
        headline="{Most}: {who} ({value})",
        answer=("{who} {has} {most}{scope?}: {value}{behind?}", "{end}", "{beside}", "{doubt}"),
        detail=("{reach}", "{based}"),
    ),
    "shares": Told(
        title="{measure} by {group}", headline="{Most} by {group}: {who} ({value})", answer=("{who} ({value})",)
    ),
    "top": Told(
        title="{measure} by {group}",
        headline="{Most}: {who} ({value})",
        answer=("The {groups} with the {end_word} {measure}{scope?} are {list}", "{beside}", "{doubt}"),
        detail=("{reach}",),
    ),
    "tie": Told(
        title="A tie for first place",
        headline="{together} share first place: {value} each",
        answer=("{together} share first place with {most}{scope?}: {value} each", "{next}", "{beside}", "{doubt}"),
    ),
    "each once": Told(
        title="The {groups}{scope?}",
        headline="{list}",
        answer=("The {groups}{scope?} are {list}{more?}",),
    ),
    "same": Told(
        title="No difference in {measure}",
        headline="All {groups} have the same {measure}",
        answer=("All {groups} have the same {measure}{scope?}: {value}", "{beside}"),
    ),
    "two": Told(
        title="{measure} by {group}",
        headline="{who} {versus} {other} in {measure}",
        answer=("{who} has {more_than} {other}{scope?}: {value} compared with {other_value}", "{beside}", "{doubt}"),
        detail=("{based}",),
    ),
    "two conditions": Told(
        title="{measure} by {group}",
        headline="{measure} {be} {end_word} {among}: {value}",
        answer=(
            "{measure}{scope?} {be} {end_word} {among} ({value}) than {other_among} ({other_value})",
            "{doubt}",
        ),
        detail=("{based}",),
    ),
    "within": Told(
        title="The first of each {outer}",
        headline="First by {measure} in each {outer}",
        answer=("First by {measure}{scope?} are {firsts}",),
        detail=("Second are {seconds}",),
    ),
    "unranked": Told(
        title="Matching rows, with {measure}",
        headline="{lead}",
        answer=("{lead}{scope?}{joint}{list}",),
        detail=("The list is in table order, not sorted by size",),
    ),
    "median differs": Told(
        title="The median tells a different story than the average",
        answer=(
            "The median {measure} {be} highest {who} ({value}), not {other} ({other_value}): a few large values drive "
            "the average",
        ),
        action="Look at the largest values of {measure} {other} before relying on its average",
    ),
    "one group": Told(
        title="Only one group",
        headline="There is only one group, so there is nothing to compare",
        answer=("There is only one group, {who}: its {measure} is {value}, and there is nothing to compare it with",),
    ),
    "test": Told(title="The test of the difference", headline="{verdict}", answer=("{verdict}",)),
    "link of categories": Told(
        title="{pair} {go_together}",
        headline="{pair} {go_together}",
        answer=("{pair} {go_together}: {verdict}",),
        detail=("{strength}", "{tested}"),
    ),
    # time
    "series": Told(
        title="{measure} by {grain}",
        headline="{measure} {be} {end_word} {when}: {value}",
        answer=("{measure}{scope?} {be} {end_word} {when}: {value}", "{next}"),
        detail=("{far}", "{span}", "{trend}"),
    ),
    "running": Told(
        title="Running total of {measure} by {grain}",
        headline="{measure} added up to {value}",
        answer=("By the end of {last}, {measure}{scope?} added up to {value}",),
        detail=("After the first {grain}, {first}, the total was {first_value}",),
    ),
    "short series": Told(
        title="{measure} by {grain}",
        headline="{measure} {be} {end_word} {when}: {value}",
        answer=("{measure}{scope?} by {grain}: {list}",),
        detail=("{measure} {be} {end_word} {when}", "{span}", "{trend}"),
    ),
    "trend": Told(
        title="{pace_title}",
        headline="{subject} {be} {way}{grown?}",
        answer=("{subject}{scope?} {from_to}: {a_way} trend over {periods}", "{extremes}"),
        detail=("{pace}", "{seasonal}"),
        action="{advice}",
    ),
    "no trend": Told(
        title="No clear direction",
        headline="No clear trend in {measure}",
        answer=(
            "No clear trend: {subject}{scope?} {from_to}, but the {grains} vary too much to show a direction",
            "{extremes}",
        ),
        detail=("{pace}", "{seasonal}"),
    ),
    "periods": Told(
        title="{measure} by {grain}",
        headline="{extremes}",
        answer=("{measure}{scope?} by {grain}: {list}",),
        detail=("{extremes}", "{pace}"),
    ),
    "trends": Told(
        title="{measure} over time by {group}",
        headline="{who} did best in {measure}: {best}",
        answer=("In {measure}{scope?}, {who} did best ({best}){worst?}", "{clear}"),
        detail=("{ends}",),
    ),
    "forecast": Told(
        title="How well the method did on past data",
        headline="Expected {measure} {when}: {value}",
        answer=("{subject}{scope?} {be} expected to be {value} {when}{range?}", "{last}"),
        detail=("{backtest}", "{total}", "{trend}"),
        action="{advice}",
    ),
    "change": Told(
        title="{measure} {moved}",
        headline="{measure} {moved}{grown?}",
        answer=("{presumed}", "{subject}{scope?} {move}"),
        detail=("{tested}",),
    ),
    "change by group": Told(
        title="How the {groups} changed",
        headline="{kind}: {who} ({size})",
        answer=("{presumed}", "{none}", "{who} {verb}: {measure}{scope?} {move}{tie?}", "{next}", "{overall}"),
        detail=("{portion}", "{counted}"),
        action="{advice}",
    ),
    "other direction": Told(
        title="{who} {verb} ({size})",
        answer=("{who} {verb}: its {measure} {move}", "{also}"),
    ),
    "no change": Told(
        title="No change in {measure}",
        headline="No change in {measure}",
        answer=("No {group} shows any change in {measure} between the two periods",),
    ),
    # columns and their links
    "column": Told(
        title="How {name} is distributed",
        headline="{middle} {name}: {value}",
        answer=("The {middle} {name}{scope?} {be} {value}{other?}{moments?}",),
        detail=("{spread}", "{pulled}", "{without}"),
        action="{median_advice}",
    ),
    "usual": Told(
        title="The usual {name}", headline="Most common {name}: {value}", answer=("The most common {name} is {value}",)
    ),
    "columns by group": Told(
        title="{name} by {group}",
        headline="Average {name} is {end_word} {among}: {value}",
        answer=("The average {name}{scope?} {be} {end_word} {among} ({value}){other?}",),
        detail=("{medians}",),
    ),
    "normal": Told(
        title="The distribution of {name}",
        headline="{name} {fits}",
        answer=("{name} {fits} ({p})",),
        detail=("{doubt}",),
        action="{advice}",
    ),
    "filled": Told(
        title="Gaps in {name} filled",
        headline="Gaps in {name} filled",
        answer=("{value} missing values of {name} were filled with estimates",),
        detail=("They make the data look more certain than they are",),
    ),
    "linked": Told(
        title="How sure the link is",
        headline="{Word} {sign} link between {x} and {y}",
        answer=("{x} and {y} {together}{among?}{scope?}: a {word} link (correlation {r}{rows?})", "{chance}"),
        detail=("{interval}", "{ranks}"),
        action="{advice}",
    ),
    "unlinked": Told(
        title="The correlation is practically zero",
        headline="No link between {x} and {y}",
        answer=("{x} and {y} are practically unrelated{among?}{scope?} (correlation {r}{rows?})",),
        detail=("{ranks}", "A correlation only detects straight-line links: there could still be a curved one"),
    ),
    "next links": Told(title="The next strongest links", answer=("{told}",)),
    "drivers": Told(
        title="How strong the links to {target} are",
        headline="{name} is most closely linked to {target}",
        answer=("{name} has the closest link to {target}: {way}", "{next}"),
        detail=("On a scale from zero to one, the strengths are {strengths}", "{target_level}"),
        action="Try a change to {name} with a small group and compare the result with a group without the change",
    ),
    "no drivers": Told(
        title="No reliable link to {target}",
        headline="No column is reliably linked to {target}",
        answer=("No column shows a reliable link to {target}", "The closest is {name}"),
    ),
    "no matter": Told(
        title="What does not seem to matter",
        answer=("No reliable link to {target} was found for {names}{more?}",),
    ),
    "worth": Told(title="Together they {help} {target}", answer=("{skill}",), action="{advice}"),
    "regression": Told(
        title="How much is left unexplained in {target}",
        headline="The model explains {part} of the variation in {target}",
        answer=(
            "With the other columns held constant, {target} is most clearly linked to {first}",
            "Together the columns explain {part} of the variation in {target}",
        ),
        detail=("{next}", "A prediction is typically off by {error}"),
    ),
    "model": Told(
        title="How well {target} can be predicted",
        headline="{headline}",
        answer=("{told}", "{errors}"),
        detail=("{more}", "A different split of the rows would give a somewhat different score"),
        action="Test the model of {target} on new data before using it for decisions",
    ),
    # what stands out, and what is wrong
    "outliers": Told(
        title="How outliers affect the average of {name}",
        headline="{count} {outlier} in {name}",
        answer=("{count} {name} {values}{inside?}", "{furthest}", "{without}"),
        action="Check the outliers in {name} at their source before you remove any",
    ),
    "no outliers": Told(
        title="No outliers in {name}", headline="No outliers in {name}", answer=("{name} has no outliers{inside?}",)
    ),
    "standing out": Told(
        title="What else stands out",
        headline="{measure} {be} most unusual at {who}",
        answer=("{measure}{scope?} {be} most unusual at {first}", "{found}"),
        detail=("{next}",),
        action="Check {who} at the source: correct it if it is a recording error, or find the event behind it",
    ),
    "nothing odd": Told(
        title="Nothing unusual in {measure}",
        headline="Nothing unusual in {measure}",
        answer=("Nothing is unusual in {measure}{scope?}: no value{checked?} is far from the usual range",),
    ),
    "quality": Told(
        title="What else was found",
        headline="{judged}; the first to fix: {first}",
        answer=("{judged}; the first to fix: {first}",),
        detail=("{others}", "{more}"),
        action="Fix {spot} before using {where} in decisions",
    ),
    "clean": Told(
        title="The data looks clean",
        headline="The data looks clean",
        answer=("The checks found no data problems worth mentioning",),
        detail=("Checks catch odd values, not wrong values that look right",),
    ),
    # what was not asked
    "reversal": Told(
        title="The {what} reverses within each {dimension}",
        answer=("{overall}, but within the same {dimension} {turned}", "It reverses in {part}"),
        action="{look} within each {dimension} before acting on the overall {what}",
    ),
    "one carries": Told(
        title="One {dimension} accounts for the difference",
        answer=(
            "The difference between {first} and {second} in {measure}, {difference}, depends on {left_out}: without "
            "it {without} is left",
        ),
        action="Look into {left_out} first: elsewhere, {first} and {second} hardly differ that way",
    ),
    "rows carry": Told(
        title="A few rows drive the result",
        answer=("{claim} depends on {rows}: without {them}, it is {without}",),
        action="Check the extreme rows at their source before you act on the result",
    ),
    "repeats": Told(
        title="Repeated rows change the result",
        answer=("{rows} an earlier row in every column: without them, the {measure}{first} {changed}",),
        action="Find out whether the repeated rows are real before you use the figure",
    ),
    "break": Told(
        title="A break at {period}",
        answer=(
            "From {period} on, the level of {measure} is different: the periods before average {before}, those after "
            "{after}",
        ),
        action="Find out what changed at {period}, and look at the trend before and after separately",
    ),
    "missing": Told(
        title="Missing values may bias the comparison",
        answer=(
            "{name} {be} missing in {first_missing} of the rows of {first}, but in {second_missing} of those of "
            "{second}",
        ),
        action="Find out why values of {first} are missing before comparing it with others",
    ),
    "unclear": Told(
        title="No clear answer",
        headline="No clear answer",
        answer=("{told}",),
        action="Ask a more specific question: name the column to measure, the groups, and the period",
    ),
}  # fmt: skip
"""Each kind of finding, and its sentences."""
