"""The words by which questions ask, as data: phrases of each cue, and words that hold a sentence together.

A phrase is words between spaces; `a/b` are alternatives, `#` any number, `~` any word, `word?` may be missing. Phrases
are compared with a question's folded words and their stems. Nothing here knows of a particular table.
"""

from __future__ import annotations

_UNIT = "day/week/month/quarter/year"

RATIOS: tuple[tuple[str, str, str], ...] = (
    ("profit margin/margins; margin/margins; margin of; profitability", "profit", "revenue sale turnover amount"),
    ("ctr; click through rate; clickthrough rate; click rate", "click", "impression view"),
    ("conversion rate; converts best; cvr", "conversion order purchase", "click visit session"),
    ("cpc; cost per click", "spend cost", "click"),
    ("cpa; cost per conversion; cost per acquisition; cac", "spend cost", "conversion signup"),
    ("roas; roi; return on ad spend; return on spend; return on investment", "revenue sale", "spend cost investment"),
)
"""Ratios that have a name: phrases, and words of the columns above and below the line."""

CUES: dict[str, str] = {
    # how a number is aggregated
    "sum": "total; sum; sum of; altogether; combined; in all; in total; grand total; overall total",
    "overall": "overall; whole; entire",
    "much": "how much",
    "mean": "average; mean; avg; typical; typically; on average; in average",
    "median": "median",
    "min": "minimum; min",
    "max": "maximum; max",
    "std": "standard deviation; std; stdev; std dev; variability; volatility; sample standard deviation",
    "variance": "variance",
    "mode": "mode; most common value; most frequent value",
    "quantile": "~ percentile/quantile; p90; p95; p99; p75; p25; p10; p50",
    "quartiles": "quartile",
    "count": "how many; number of; count of; counts of; no of; count the number of; count; counts; frequency of; frequency",
    "distinct": "different; distinct; unique; separate",
    "rate": "rate; percent; percentage; percent of; percentage of; probability; chance; likelihood; how often; "
    "how likely; more/less often; more/less likely; most/least likely; odds; % ; % of; what percent; what percentage; "
    "what % ",
    "share": "share; share of; proportion; proportion of; fraction; fraction of; part of; contribution; contribution of; "
    "as a/an? share/percentage/percent/fraction/proportion of; as share/percentage of; contribute; contributes to; breakdown; breakdown of; mix; composition; split of; makes up; make up",
    # order
    "ascending": "lowest first; worst first; smallest first; ascending; from lowest to highest; least first; slowest first",
    "descending": "highest first; best first; largest first; biggest first; descending; from highest to lowest; most first; "
    "longest first",
    "popular": "most common; most frequent; most popular; most often; most frequently; commonest; least common; "
    "least popular; least frequent; most used; most widely used",
    # what is grouped or compared
    "by": "by; per; for each; for every; in each; in every; of each; at each; each; every; across; within each; "
    "across all; by each; broken down by; grouped by; split by; broken out by; segmented by; depending on; as a function of; "
    "for the different; by the; across different",
    "versus": "vs; versus; against; compared to; compared with; compare; in comparison with; in comparison to; "
    "relative to; rather than",
    "difference": "difference; difference between; differ; differ between; differ by; gap; gap between; different from; "
    "different for; vary; vary by; vary across; difference in; difference of",
    "more": "more/less/higher/lower/longer/shorter/older/younger/bigger/smaller/better/worse/fewer/faster/slower/heavier/"
    "lighter/greater/larger than; more; less; higher; lower; longer; shorter; older; younger; bigger; smaller; better; worse; "
    "fewer; faster; slower; heavier; lighter; greater; larger; cheaper; pricier",
    "rest": "everyone else; everybody else; the rest; all others; the others; anyone else; others; those who stayed; "
    "those without; those with; those that; those who",
    "significant": "significant; significantly; statistically significant; statistically; significance; real difference",
    "between": "between",
    # two numbers
    "minus": "minus; less; subtracted from; net of",
    "divided": "divided by; relative to; as a/an? percentage/percent/share/fraction/proportion of; as percentage/percent of; "
    "as % of; as a % of; in relation to; over; for every; ratio of",
    # intents over time
    "trend": "trend; trend of; upward trend; downward trend; over time; develop over time; develop; developed; development; "
    "evolve; evolved; evolution; history; timeline; month by month; time series; over the year; over the month; "
    f"over the last # {_UNIT}; across time; through the year; seasonality; seasonal; how did ~ go",
    "change": "change; changed; changes; growth; grow; grew; grown; growing; increase; increased; increasing; rise; rose; "
    "risen; rising; gained; improve; improved; decline; declined; declining; fall; fell; fallen; falling; decrease; "
    "decreased; decreasing; drop; dropped; dropping; shrink; shrank; shrunk; gain; loss of; went up; went down; "
    "go up; go down; fast/fastest growing; growth rate; change rate",
    "falling": "decline; declined; fall; fell; fallen; decrease; decreased; drop; dropped; shrink; shrank; lost most",
    "relative": "growth; growth rate; grow; grew; grown; growing; percent; percentage; fastest",
    "yearly": "year over year; year on year; yoy; y o y; than/to/with/vs/versus/over/against/from the? last/previous/prior year; "
    "year before; a year earlier; same ~ last year; same ~ of last year; annual growth; yearly growth",
    "stepwise": "average yearly growth; average annual growth; average monthly growth; yearly growth; annual growth; month over month; month on month; mom; week over week; week on week; quarter over quarter; "
    "quarter on quarter; qoq; wow; day over day; monthly/weekly/quarterly/daily growth/change/increase; "
    f"growth/change/increase by/per/each/every/from {_UNIT}; {_UNIT} to {_UNIT} growth/change",
    "speeding": "speeding up; slowing down; accelerating; decelerating; speed up; slow down",
    "forecast": f"forecast; forecast of; forecast for; predict the next; projection; projected; outlook; next # {_UNIT}; "
    f"next {_UNIT}; upcoming {_UNIT}; coming {_UNIT}; coming # {_UNIT}; will be; going to be; future; expect next; will",
    "running": "running total; running total of; running sum; running count; cumulative; cumulatively; cumulated; accumulated; "
    "cumulative sum; cumulative total; cumulative number of; year to date by",
    "moving": f"moving average; moving average of; rolling average; rolling mean; moving mean; # {_UNIT} moving average; "
    f"# {_UNIT} rolling average; # {_UNIT} moving average of; # {_UNIT} rolling average of; # {_UNIT} moving/rolling mean",
    "first": f"for the first time; first time; first ever; new ~ per/by/each/every {_UNIT}; new ~ in each {_UNIT}",
    "when": "when; what date; which date; what day; which day; on which day; on what day; on what date; on which date; since when",
    "usual": "usually; generally; of the year; normally; tend to; tends to; on average",
    # intents over columns
    "odd": "anomaly; anomalies; anomalous; unusual; unusually; abnormal; abnormally; strange; suspicious; spike; odd; "
    "irregular; irregularity; outlier; stand out; extreme values; exceptional; weird; implausible",
    "quality": "data quality; quality of the? data; duplicate; duplicated; duplicate row; clean; dirty; data issue; "
    "data problem; inconsistency; inconsistent; completeness; reliable; trustworthy; trust; issues/problems with/in the/this? "
    "data/table/file/dataset; missing value; missing values or duplicate",
    "missing": "missing; blank; empty; null; nan; not recorded; not known; unknown; not given; no value for; are missing; "
    "is missing; missing value; unrecorded",
    "correlate": "correlation; correlation of; correlation between; correlate; correlated; correlates; correlate with; "
    "pearson correlation; spearman correlation; kendall correlation; correlation coefficient; correlation matrix; go together; "
    "pearson correlation coefficient; linear correlation",
    "relate": "relationship; relationship between; relation; relation between; related; relate to; associated; "
    "association; association between; linked; link; link between; connection; depend; depend on; depends on; affect; affects; "
    "influence; impact; impact of; effect; effect of; matter; matters for; vary with; lead to; leads to; make people; "
    "makes people; help; helps; boost; reduce; tied to; cause; causes; raise; hurt; have an effect on; make a difference",
    "drivers": "driver; drivers of; drive; drives; driving; factor; predict; predicts; predictor; predicting; why; "
    "what causes; cause of; causes of; explain; explains; explained by; determine; determines; reason; reason for; "
    "reasons behind; what makes; what influences; what affects; influences; most important; importance; behind; "
    "what impacts; what matters; associated most with; explanation for",
    "distribution": "distribution; distribution of; distributed; histogram; histogram of; spread; spread of; describe; "
    "description; statistics; summary statistics; stats; summary of; range of; how are ~ spread; descriptive statistics; "
    "how spread out",
    "normality": "normal; normally distributed; normal distribution; normality; normality test; shapiro wilk; "
    "follow a normal distribution; shapiro; adhere to a normal distribution; gaussian",
    "shape": "skewness; kurtosis; skew; skewed; iqr; interquartile range; interquartile",
    "segments": "segment the; segments of; cluster; clusters of; clustering; typical groups; natural groups; group similar; "
    "types of customers; kmeans",
    "regression": "linear regression; regression; regression model; multiple regression; linear model; simple linear regression",
    "learning": "train; machine learning; classifier; random forest; decision tree; logistic regression; predictive model; "
    "neural network; xgboost; gradient boosting; train test split",
    "overview": "overview; overview of; summary; summarize; summarise; insight; tell me about; about this table; explore; "
    "interesting; key findings; main findings; what is in; what can you tell; tell me something; what is this; analyze; analyse; "
    "key insight; takeaways",
    "both": "both; all of",
    "never": "never; none of",
    "including": "including; included; incl; inclusive of; with ~ included; are included",
    "extreme_both": "minimum and maximum; lowest and the? highest; highest and the? lowest; smallest and the? largest; youngest and the? oldest; "
    "oldest and youngest; min and max; shortest and longest; maximum and minimum; largest and smallest",
    **{f"ratio {at}": phrases for at, (phrases, _, _) in enumerate(RATIOS)},
    "single": "single; individual; one",
    "list": "list; show; display; list all; show all; which ones; give me all; list of",
    "value": "order value; basket; basket size; basket value; ticket size; spend per order",
    "loss": "lose money; losing money; lost money; loses money; make a loss; makes a loss; unprofitable; loss making; at a loss",
}
"""The cues: each names what its phrases ask for. Of overlapping phrases the longest counts."""

LEADS = frozenset("by per each every across within".split())
ARTICLES = frozenset(
    "the a an all our individual single separate given respective various their its this that these those different any some "
    "my your his her calendar following of".split()
)
WHICH = frozenset("which what whose who whom".split())
HINT_VERBS = frozenset(
    "sell sold spend spent earn earned pay paid bring brought make made take took generate generated".split()
)
OLD_UNITS = {
    "daily": "day",
    "weekly": "week",
    "monthly": "month",
    "quarterly": "quarter",
    "yearly": "year",
    "annual": "year",
    "annually": "year",
    "hourly": "hour",
}
PERSONS = frozenset(
    "person people individual passenger respondent participant patient customer employee member student woman man adult "
    "girl boy subject anyone those".split()
)
FRACTIONS = {"half": 0.5}


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


GRAMMAR = _set(
    """
    a an the and or but nor so if then than that this these those there here it its they them their theirs he she his
    her we us our ours i me my you your one ones each every all any some either neither such same other
    of in on at by for from to with within into onto upon about among between through during via as off out
    around along toward towards is are was were be been being am do does did done doing has have having had can could
    would should may might must ll s t re ve d m what which who whom whose when where since until till how
    many much just also too even still yet already again very really quite per please thanks thank let lets want
    need like get give show tell list find see know look display compute calculate determine report present provide make made
    hello hi hey dear kindly us could you me question answer using use based according respectively
    ist sind war der die das den dem des ein eine einer le la les un une el los las del du und et y
    """
)
"""Words that hold a sentence together, or ask politely."""
IDLE = _set(
    """
    data dataset table file sheet row rows record records recorded entry entries column columns value values
    figure figures number numbers result results info information detail details list amount amounts level levels name names
    come comes came coming go goes went bring brings brought belong belongs exist exists happen happens happened occur occurs
    occurred take takes took taken become became given been seen looking expressed regarding respect terms currently now today
    actually exactly approximately roughly separately individually sorted sort order ordered ranked rank ranking
    particular specific case cases place thing things group groups category categories
    got getting use uses using used ask asked say said call called find found stand stands
    look looks looking rather general way kind kinds type types
    date dates time times period periods
    """
)
"""Words that add nothing that could be missing from a plan, beside whatever the table holds."""
EVENTS = _set(
    """
    sell sells sold selling order ordered purchase purchased buy buys bought produce produces produced
    manufacture manufactured drive drove driven travel travelled traveled     collect collects collected generate generates generated receive receives received serve serves served
    handle handles handled register registered log logged process processed     perform performed conduct conducted visit visited attend attended cover covered achieve achieved reach reached     donate donated contribute contributed borrow borrowed lend lent rent rented ship shipped deliver delivered send
    sent issue issued submit submitted claim claimed book booked accumulate accumulated work works worked     stay stayed live lives lived do does did made strongly signed
    come comes gave gives give have has had need needs needed run runs ran play plays played keep keeps kept
    """
)
"""Verbs of what rows are: idle where a plan computes with a column or counts rows, unless they are negated."""
SPENDING = _set(
    "cost costs spend spends spent pay pays paid earn earns earned bill billed charge charged raise raised wait waited weigh "
    "weighs weighed last lasts lasted consume consumed incur incurred worked stayed used open opened"
)
"""Verbs that speak of a number: idle only where a plan computes with a number column."""
