"""What words mean to analysts: synonyms of columns, what is added up and what is averaged, and words that ask.

All entries are stems (tokens.stem). Nothing here knows of a particular table.
"""

from __future__ import annotations

_GROUPS = """
sale revenue turnover amount taking proceed gmv money income billing
amount payment paid spent spend
amount money donation gift bill invoice basket sum value
payout paid payment
sell sold
spend cost expense expenditure spending outlay debit
price cost fare fee charge tariff bill
fee tuition
profit earning gain
loss shortfall
margin profitability
customer client buyer shopper account purchaser guest subscriber member consumer
donor giver supporter contributor
product item article sku good merchandise
quantity unit volume piece qty
order transaction purchase
order booking reservation
transaction receipt ticket
employee staff worker personnel colleague headcount
department division team unit
team crew squad
salary wage pay compensation income remuneration earning
manager supervisor boss lead
representative seller salesperson agent
supplier vendor
manufacturer maker producer
branch store shop outlet location site office
site plant park facility location
city town municipality
neighborhood neighbourhood district area
country nation
region area zone territory district
state province
category type kind class segment group genre
gender sex
age old
person people individual participant subject respondent
patient person
doctor physician clinician
vet veterinarian
hospital clinic ward facility
diagnosis disease condition illness
treatment therapy arm
stay duration length
duration length time
length long
wait waiting delay
delay late lateness delayed overdue
late overdue tardy
temperature heat
humidity moisture
device sensor machine equipment
pc computer machine
child kid
reading measurement value
student pupil learner
teacher instructor professor lecturer
school college university
grade mark score point
score rating satisfaction
rating star review
satisfaction happiness
course subject class lecture
attendance presence
attended attendance
hotel property accommodation
home house property listing dwelling
bed bedroom
bath bathroom
room chamber
night stay
channel source medium
campaign appeal drive
campaign ad advert advertisement
click clickthrough
conversion signup purchase
signup registration joined signed
plan tier package subscription
seat license licence
impression view
visit session traffic
visit admission
view page
loan credit
loan borrowing checkout
balance saving
transfer payment
payment pay
method mode way type
fine penalty
shipment delivery parcel consignment package
carrier courier shipper
warehouse depot hub
origin departure source
destination arrival
weight mass heavy
height tall
load cargo freight payload
distance mileage length
vehicle car truck lorry van
driver chauffeur
trip journey ride tour
fuel petrol diesel gasoline
energy power electricity
energy production output generation yield produced
irradiance radiation sunlight sunshine
downtime outage standstill
discount rebate reduction promo
tip gratuity
guest diner cover
waiter server
dish meal course
ratio rate percentage percent
number count
churn attrition churned cancel left leave leaver quit turnover
leave left quit resign resigned attrition termination terminated
readmitted readmission readmit
default defaulted
fraud fraudulent
return returned refund refunded
cancel cancelled canceled cancellation
convert converted conversion
resolved resolution solved
transferred transfer forwarded
survive survived survival survivor
complete completed completion finished
fail failed failure
pass passed
adverse side
event incident
incident accident
claim case
settle settlement
adjuster handler
scrap scrapped waste scrappage
defect defective faulty reject rejected
operator worker
shift turn
call contact
talk conversation speaking
complaint grievance
ticket issue request
tenure seniority
date day time when
year
month
income earning
population inhabitant resident
experience seniority
species breed
built construction
book title
member patron
area size surface footage
budget allocation
download install
stock inventory
""".strip()

_SYNONYMS: dict[str, set[str]] = {}
for _line in _GROUPS.splitlines():
    for _word in _line.split():
        _SYNONYMS.setdefault(_word, set()).update(_line.split())


def synonyms(word: str) -> set[str]:
    """The stems that mean nearly the same as `word`, itself included."""
    return _SYNONYMS.get(word, {word})


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


GENERIC = _set(
    "id code no nr num number name key usd eur gbp dollar euro pct percent kg km cm mm g m c f h min mins sec total "
    "amount value avg average mean the of in per and is has was flag column day hour minute second year month date "
    "at on a for to from by type level unit full monthly yearly annual weekly"
)
"""Words of column names that say little: they help a match and never make one on their own."""
ASKING = _set(
    "rate average mean total sum count number change growth share time first last top test group missing value "
    "day week month quarter year hour date median maximum minimum max min high low highest lowest best most "
    "percent percentage proportion trend distribution difference quality data type many much long old good "
    "overall row record result list show compare relationship factor effect "
    "ratio one kind table dataset column entry question range"
)
"""Words that mostly ask for something: they name a column only when they are the whole of its name (or nearly)."""
STOP = _set(
    "the a an of in our all is are was were be do did does have has had and or to for with on at by from as it its "
    "what which who whom how why when where show me give tell list please can could you i we us they them there that "
    "this these those than then per each every any some not no yes between across among into over under about if so "
    "will would should made make get got find out more most less least very much many up down only also their his her"
)
"""Words that are never a value of the table unless they are quoted."""

ADDED = _set(
    "sale revenue turnover amount taking proceed gmv profit earning gain loss quantity qty unit sold cost spend "
    "expense expenditure click impression conversion visit session view order transaction booking purchase payment "
    "paid deposit withdrawal volume count night admission download signup lead case death point passenger shipment "
    "parcel refund tax subtotal total budget hour kwh consumption production output energy rainfall precipitation "
    "views fee donation fine claim premium freight bonus usd eur gbp vaccination population spent vote death goal run "
    "item damage casualty injury fatality waste scrap target quota piece actual mrr arr"
)
"""Measures that are added up when nobody says how to aggregate them."""
AVERAGED = _set(
    "age price rating score star temperature temp humidity pressure rate ratio pct percent percentage satisfaction "
    "salary wage gpa grade index tenure speed level latitude longitude weight height bmi margin duration stay wait "
    "delay discount yield density per avg average mean median experience seniority lag latency ph glucose "
    "cholesterol share growth year mark exam attendance moisture vibration voltage income pay distance length size "
    "balance time minute day performance"
)
"""Measures that are averaged when nobody says how to aggregate them. They win over ADDED words."""
MONEY_FIRST = tuple("revenue sale amount turnover total profit price spend fare fee value cost quantity".split())
"""Which measure speaks for a table when the question names none, best first."""

_HINTS = """
    older younger oldest youngest aged old: age
    expensive cheaper cheapest pricey cost: price
    longer longest shorter shortest: duration distance length stay night
    heavier heaviest lighter lightest: weight
    taller tallest: height
    faster fastest slower quickest slowest: speed duration time day hour minute second wait delay
    hotter hottest colder coldest warmer warmest cooler: temperature
    wettest rainiest driest: precipitation rain
    happiest happier unhappiest: satisfaction rating
    salary wage: income
    profitable: profit
    costliest costly: cost
    richest: income
    paid pay pays: salary charge price amount
    earn earns earner earners: salary
    spender spenders: spend
    performer performers: performance rating
    scorer scorers: goal score
    rated: rating
    lucrative sales sale: revenue
    bestselling selling sold: quantity
    spent: spend
    delayed late: delay
    satisfied: satisfaction
    tired exhausted: fatigue tiredness
    produce produces generate generates: production output power energy yield
    stays: stay
    long: duration
    sell sells: quantity price
"""
HINTED = {
    word: meant.strip()
    for words, _, meant in (line.partition(":") for line in _HINTS.strip().splitlines())
    for word in words.split()
}
"""Words that hint at a measure without naming it: tried when the question names no other measure."""
LOWEST = _set(
    "lowest bottom worst least fewest smallest cheapest minimum min youngest shortest lightest coldest slowest weakest "
    "poorest smallest lower less quietest calmest emptiest driest unhappiest"
)
HIGHEST = _set(
    "highest top best most largest biggest greatest maximum max oldest longest heaviest hottest fastest strongest "
    "richest tallest quickest expensive busiest leading main higher popular frequent common bestselling peak warmest "
    "costliest profitable lucrative costly wettest rainiest happiest"
)
BAD = _set(
    "churn attrition cancel cancellation default fraud late leave quit fail failure return defect complaint readmit "
    "readmission loss scrap reject refund dispute delay accident death wait waiting downtime unemployment unemployed "
    "error crime incident injury overdue overtime absence waste fatigue"
)
"""Words of names of what is bad: its worst is its highest."""
KINDS = _set("type kind segment group level status class category tier age")
"""Words of names that tell of what kind a thing is, rather than which thing it is."""
MONEY = _set("revenue sale amount turnover total profit spend price fare")
"""Words of names of columns that hold money which may be called revenue, sales or spending."""
DEALS = _set("order transaction basket invoice purchase deal contract")
"""What has a value in money, as in "order value"."""
