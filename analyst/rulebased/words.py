"""The words by which questions ask: one pattern for each kind of operation, and the words that ask for nothing.

A pattern is a regular expression over whole folded words. Together with the names and values of the table these are all
that the interpreter understands; whatever else a question holds is told to be left out (see audit).
"""

from __future__ import annotations

RISE = (
    "grow|grows|grew|grown|growing|growth|increase|increases|increased|increasing|rise|rises|rose|risen|rising|gained|"
    "improved|improvement|improving|up|gainers?|expanded|jumped|soared"
)
FALL = (
    "fall|falls|fell|fallen|falling|decline|declines|declined|declining|decrease|decreases|decreased|decreasing|drop|"
    "drops|dropped|dropping|shrink|shrank|shrunk|lose(?! money| \\|)|losing(?! money| \\|)|lost(?! money| to| \\|)|"
    "worsen|worsened|down|slumped|losers?|plunged|sank"
)
CHANGE = (
    f"{RISE}|{FALL}|change|changes|changed|yoy|mom|qoq|year over year|year on year|month over month|month on month|"
    "quarter over quarter|quarter on quarter|week over week|evolve|evolved|develop|developed"
)
COMPARE = (
    "vs|versus|against|compared|compare|compares|comparison|than|relative|difference|differ|differs|between|or|change|"
    "growth|rather|respectively"
)
YEARLY = (
    "year over year|year on year|yoy|y o y|(?:than|to|with|vs|versus|against|from|over) (?:the )?(?:last|previous|"
    "prior|same) (?:\\w+ )?(?:of )?(?:the )?(?:last |previous )?year|year before|a year earlier|annual growth"
)
TREND = (
    "(?:upward |downward |positive |negative )?(?:trend|trends|trending)|over time|develop|developed|development|"
    "evolve|evolved|evolution|history|historical|timeline|"
    "course|by month|month by month|seasonal|seasonality|time series|over the (?:years|months|weeks|days|quarters|year|"
    "last \\w+ \\w+)|through the year|across time"
)
FORECAST = (
    "next (?:\\d+ |\\w+ )?(?:days?|weeks?|months?|quarters?|years?)|forecast|forecasts|forecasting|projection|"
    "projected|outlook|upcoming|coming (?:\\w+ )?(?:days?|weeks?|months?|quarters?|years?)|will be|going to be|future|"
    "predict the|"
    "expect(?:ed)? (?:for|in)"
)
ODD = (
    "anomaly|anomalies|anomalous|unusual|unusually|abnormal|abnormally|strange|suspicious|spikes?|odd|irregular|"
    "irregularities|outliers?|stand out|stands out|extreme values|exceptional|weird"
)
QUALITY = (
    "data quality|quality of (?:the |this |our |my )?data|duplicates?|duplicated|clean|cleaning|cleanup|dirty|"
    "data issues|data problems|inconsistent|inconsistencies|completeness|reliable|trust|trustworthy|incomplete|"
    "errors in|problems with (?:the |this )?(?:data|table|file)|issues (?:with|in) (?:the |this )?(?:data|table|file|"
    "dataset)"
)
MISSING = "missing|null|nulls|blank|blanks|empty|nan|na values|unknown|not recorded|unrecorded|not known|not given"
LINK = (
    "correlation|correlations|correlate|correlates|correlated|relationship|relationships|relation|related|relate|"
    "associated|association|linked|link|connection|depend|depends|dependent|affect|affects|affected|influence|influences|"
    "influenced|impact|impacts|effect|effects|matter|matters|vary with|varies with|go together|tied to|improve|"
    "improves|boost|boosts|help|helps|raise|raises|reduce|reduces|lead to|leads to|"
    "(?:higher|lower|more|less|longer|shorter|better|worse) (?:with|when|if)"
)
CAUSE = (
    "drivers?|drive|drives|driving|factors?|predict|predicts|predictors?|predicting|why|cause|causes|caused|explain|"
    "explains|explained|determine|determines|reasons?|what makes|influences?|influence|affects?|impacts?|impact|"
    "important|importance|associated|depend|depends|correlated|correlates|correlate|related"
)
WHY = "why|causes?|caused|reasons?|because|explain|explains|drove|behind|drivers?|responsible"
RATE = (
    "rates?|shares?|percent|percentage|percentages|proportion|proportions|fraction|probability|chances?|likelihood|"
    "likely|(?:how|more|less) often|odds|%|ratio"
)
SHARE = (
    "shares?|percent|percentage|percentages|proportion|proportions|fraction|contribution|contribute|contributes|%|"
    "breakdown|mix|composition|concentrated|concentration|pareto|split|part|parts"
)
COUNTED = (
    "how many|number of|counts?|the number|no of|(?:most|least|more) (?:common|frequent|popular|often)|frequency|"
    "frequencies|how often"
)
PER = (
    "per|relative to|divided by|over|compared to|in relation to|for every|for each|"
    "as an? (?:share|percentage|fraction|percent|proportion) of|as (?:percent|percentage) of|as % of|% of|percent of|"
    "percentage of"
)
PER_UNIT = (
    "per (?:\\d+ )?(?:km|mile|kg|ton|tonne|day|hour|minute|second|night|kwh|liter|litre|meter|metre|foot|head|person|"
    "capita)s?"
)
DISTRIBUTION = (
    "distribution|distributed|histogram|spread|describe|description|statistics|summary statistics|stats|skew|skewed|"
    "summary of|summaries of|overview of|skewness|kurtosis|iqr|interquartile|normal|normality|normally"
)
RUNNING = "running (?:total|totals|sum|count)|cumulative|cumulatively|cumulated|accumulated|to date by|year to date by"
MOVING = "moving average|rolling average|rolling mean|moving mean|smoothed"
FIRST_TIME = (
    "first time|for the first|new (?:\\S+ )?(?:per|by|each|in each|every)|first (?:ever )?(?:purchase|order|visit)"
)
APART = (
    "(?:compared (?:to|with)|versus|vs|than|against|or|and) (?:those|the ones|others|the rest|not|without|non|no)|"
    "with (?:and|or|vs|versus) without|those without|whether or not|depending on whether"
)
MORE = (
    "higher|lower|longer|shorter|older|younger|more|less|bigger|smaller|better|worse|differ|differs|difference|different|"
    "fewer|faster|slower|heavier|lighter|greater|cheaper|costlier|larger"
)
COMPARATIVE = (
    "higher|lower|longer|shorter|older|younger|more|less|bigger|smaller|better|worse|fewer|faster|slower|heavier|lighter|"
    "greater|cheaper|costlier|larger"
)
SIGNIFICANT = "significant|significantly|significance|statistically"
EXTREME_OF_TIME = (
    "which|what|when|busiest|best|worst|peak|quietest|slowest|strongest|weakest|highest|lowest|most|least|fewest|top"
)
CALENDAR = "usually|typically|generally|of the year|on average|calendar|normally|tend|tends"
NAMED_RATIO = (
    "margins?|profitability|ctr|click ?through|cvr|conversion rates?|converts? best|cpc|cpa|cac|roas|roi|returns? on|"
    "occupancy"
)
PAYS = "pays? off|paid off|worth it|worthwhile"
LOSS = (
    "(?:lose|loses|losing|lost|loss) (?:any )?(?:money|\\|)|loss making|unprofitable|"
    "(?:at|with|made|make|makes|making) an? loss"
)
SOLD = "sold|sell|sells|bought|purchased|ordered|shipped|delivered"
DIFFERENCE = "difference|gap|minus|less|spread between|subtract|subtracted"
OVERVIEW = "overview|summary|summarize|summarise|about|insights?|tell me|analyze|analyse|explore|interesting"


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


GRAMMAR = _set(
    """
    a an the and or but nor so if then than that this these those there here it its they them their theirs he she his
    her we us our ours i me my you your one ones each every all any some both either neither such same other others
    another
    of in on at by for from to with within without into onto upon over under about across among between through during
    per via as off out up down around along toward towards is are was were be been being am do does did done doing has
    have had having can could will would shall should may might must ll s t re ve d what which who whom whose when where
    why since until till how many much more most less least not no yes only just also too even still yet already again
    ever never very
    really quite rather per vs versus against compared compare like please thanks let lets want need would get give show
    tell list find see know look display compute calculate determine work report present provide make made
    """
)
"""Words that hold a sentence together, or ask politely."""
IDLE = _set(
    """
    data dataset table file sheet row rows record records recorded entry entries case column columns value values figure
    figures number numbers result results answer question analysis detail details information info list overall total
    totals together altogether combined general average level levels amount amounts unit units time times period periods
    date dates year years month months week weeks day days quarter hour hours kind kinds type types name names thing
    things way people person everyone place item items group groups category categories member
    come comes came coming go goes went gone bring brings brought belong belongs contain contains hold holds held
    include includes including included exist exists happen happens happened occur occurs occurred lie lies stand stands
    take
    takes took taken taking keep run runs ran start starts started begin begins began end ends ended become became
    given been seen looking expressed based according regarding respect terms average typically usually generally
    normally currently now today so far actually mostly mainly exactly approximately roughly altogether respectively
    first second third last latest recent past previous next own separately individually broken split sorted sort order
    ordered ranked rank ranking highest lowest ascending descending worst best top bottom degree degrees percent
    different distinct unique separate individual whole entire full certain particular specific various several
    sum sums ended generated made considered counted measured used having buy buys bought sell sells sold get gets got
    gotten give performs performing performed performance saw see
    gibt haben hatten hatte arbeiten verkauft wurde wurden gab liegt ont ete vendu hay fueron hubo tenemos vendido il
    gives gave use uses using usage used want ask asked
    """
)
"""Words that add nothing that could be missing from a plan: left out without a word."""
EVENTS = _set(
    """
    selling open opens opened order ordered purchase purchased produce produces produced make makes made
    manufacture manufactured drive drives drove driven travel travelled traveled bill billed charge charged raise raised
    earn earns earned collect collects collected generate generates receive receives received serve serves served handle
    handles handled register registered log logged process processed spend spends spent pay pays paid consume consumed
    place placed perform performed conduct conducted visit visited attend attended cover covered achieve
    achieved reach reached incur incurred donate donated contribute borrow borrowed lend lent rent rented ship shipped
    deliver delivered send sent issue issued submit submitted file filed claim claimed book booked accumulate
    accumulated work works worked cost costs take took stay stayed wait waited weigh weighs weighed last lasts lasted
    """
)
"""Verbs of what rows are: idle where a plan computes with a number column, else they may well be a condition."""
