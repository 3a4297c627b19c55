"""Pairs of questions about the samples, written by hand to look alike and mean different things: none shares an answer."""

from __future__ import annotations

import pytest

from analyst.answers.cache.vocabulary import Vocabulary
from analyst.datasets.opening import open_table
from analyst.datasets.profiling import profile_table
from analyst.samples.catalog import SAMPLES
from lab.benchmarks.cache import same_meaning
from lab.benchmarks.cache_pairs import Pair

SALES = [
    ("unit", "What is the total revenue by region?", "What is the total revenue by region in thousands?"),
    ("unit's size", "Total revenue by region in thousands", "Total revenue by region in millions"),
    ("currency", "Total revenue in $ by region", "Total revenue in € by region"),
    ("multiplier", "How many orders have revenue above 5?", "How many orders have revenue above 5k?"),
    ("percent", "Orders with a discount above 10", "Orders with a discount above 10%"),
    ("decimals", "Average revenue by region rounded to 2 decimals", "Average revenue by region rounded to 0 decimals"),
    ("decimal point", "How many orders have revenue above 1,500?", "How many orders have revenue above 1.500?"),
    ("power", "How many orders have revenue above 10²?", "How many orders have revenue above 102?"),
    ("fraction", "How many orders have a quantity above 1½?", "How many orders have a quantity above 11⁄2?"),
    ("sign of a number", "Orders with revenue below -20", "Orders with revenue below 20"),
    ("format", "Total revenue by region as a table", "Total revenue by region as a chart"),
    ("absolute or relative", "Revenue by region in absolute terms", "Revenue by region in relative terms"),
    ("negation", "Which products sell in Paris?", "Which products do not sell in Paris?"),
    ("negation by a short form", "Which products sold in Lille?", "Which products weren't sold in Lille?"),
    ("exception", "Total revenue for Outdoor", "Total revenue except Outdoor"),
    ("exception within a list", "Total revenue excluding Home and Office", "Total revenue excluding Home or only Office"),
    ("what is left out", "Total revenue of Kitchen without Paris", "Total revenue of Paris without Kitchen"),
    ("only one and all but one", "Total revenue only for Paris", "Total revenue without Paris"),
    ("sold nowhere else", "Which products were sold only in Paris?", "Only in Paris, which products were sold?"),
    ("in every one and by each", "Which products were sold in every region?", "Which products were sold by region?"),
    ("at least and more than", "Orders with a quantity of at least 10", "Orders with a quantity of more than 10"),
    ("at most and less than", "Orders with a quantity of at most 10", "Orders with a quantity of less than 10"),
    ("no more than", "Orders with a quantity of more than 10", "Orders with a quantity of no more than 10"),
    ("exactly", "Orders with a quantity of 2", "Orders with a quantity of exactly 2 or more"),
    ("range", "Orders with a quantity between 10 and 20", "Orders with a quantity from 20 to 30"),
    ("ends of a range", "Orders with revenue between 10 and 20", "Orders with revenue between 10 and 20 inclusive"),
    ("outside a range", "Orders with revenue between 10 and 20", "Orders with revenue outside 10 and 20"),
    ("over a time and above", "Which products had revenue over 2023?", "Which products had revenue above 2023?"),
    ("over months", "Show revenue over 12 months", "Show revenue above 12 months"),
    ("share in", "What is the share of Outdoor in North?", "What is the share of North in Outdoor?"),
    ("share of what", "Share of Outdoor revenue by region", "Share by region of Outdoor revenue"),
    ("whole of a share", "What percentage of revenue in 2023 is North's?", "What percentage of North's revenue is in 2023?"),
    ("direction of a ratio", "Ratio of revenue to quantity by region", "Ratio of quantity to revenue by region"),
    ("minuend", "Revenue of Paris minus Lyon", "Revenue of Lyon minus Paris"),
    ("than what", "Is revenue higher in Paris than in Lyon?", "Is revenue higher in Lyon than in Paris?"),
    ("from where", "Revenue growth from Q1 to Q2 2024", "Revenue growth from Q2 to Q1 2024"),
    ("grouping's order", "Revenue by region and category", "Revenue by category and region"),
    ("ranked and grouped", "List products ranked by discount", "List products grouped by discount"),
    ("top number", "Top 5 products by revenue", "Top 3 products by revenue"),
    ("top number in words", "Top five products by revenue", "Top four products by revenue"),
    ("top and bottom", "Top 5 products by revenue", "Bottom 5 products by revenue"),
    ("rank", "Which product is the second best by revenue?", "Which product is the third best by revenue?"),
    ("first and last", "What was the first order in Paris?", "What was the last order in Paris?"),
    ("one and several", "Which product has the highest revenue?", "Which products have the highest revenue?"),
    ("whose top", "Revenue in 2024 of the top 3 products", "Revenue of the top 3 products in 2024"),
    ("whose top place", "Revenue in Paris of the best product", "Revenue of the best product in Paris"),
    ("majority", "What do most regions sell?", "What does the largest region sell?"),
    ("most of", "Which products make most of the revenue?", "Which products make the highest revenue?"),
    ("most recent", "What is the most recent order?", "What is the largest recent order?"),
    ("most expensive", "Which is the most expensive product?", "Which is the biggest expensive product?"),
    ("quarter and month", "Total revenue by quarter", "Total revenue by month"),
    ("month and month of the year", "Total revenue by month", "Total revenue by month of the year"),
    ("weekday and week", "Total revenue by weekday", "Total revenue by week"),
    ("half a year", "Revenue in the first half of 2024", "Revenue in the second half of 2024"),
    ("last and this", "Total revenue last year", "Total revenue this year"),
    ("last and past", "Total revenue in the last month", "Total revenue in the last 12 months"),
    ("until and before", "Total revenue until May 2024", "Total revenue before May 2024"),
    ("since and after", "Total revenue since May 2024", "Total revenue after May 2024"),
    ("up to a month", "Total revenue by May 2024", "Total revenue in May 2024"),
    ("day", "Revenue on 2024-05-01", "Revenue on 2024-05-10"),
    ("day and month", "Revenue on 2024-05-01", "Revenue in 2024-05"),
    ("day or month first", "Revenue on 01/05/2024", "Revenue on 05/01/2024"),
    ("month and a verb", "Revenue in May", "What may revenue be?"),
    ("other grouping", "Average revenue per branch", "Average revenue by category"),
    ("per and by", "Average revenue per branch", "Average revenue by branch"),
    ("average of sums", "Average monthly revenue by region", "Average revenue by region"),
    ("median", "Average revenue by region", "Median revenue by region"),
    ("count and sum", "Number of orders by region", "Sum of orders by region"),
    ("distinct", "How many products by region?", "How many distinct products by region?"),
    ("number of an order", "What is the number of the order with the highest revenue?", "How many orders with the highest revenue?"),
    ("spread", "Variance of revenue by region", "Standard deviation of revenue by region"),
    ("weighted", "Average unit price by category", "Weighted average unit price by category"),
    ("price named otherwise", "List price by product", "Price by product"),
    ("rate", "What is the return rate by region?", "What is the rate by region?"),
    ("rate without an article", "Return rate by region", "Rate by region"),
    ("rate after asking", "Calculate return on revenue by region", "Calculate on revenue by region"),
    ("customers of now", "Present customers by region", "Customers by region"),
    ("what a word means", "What does revenue mean?", "What revenue is average?"),
    ("difference", "Correlation between discount and revenue", "Difference between discount and revenue"),
    ("cause", "Does discount correlate with quantity?", "Does discount cause quantity?"),
    ("why", "Why did revenue fall in Q2 2024?", "Did revenue fall in Q2 2024?"),
    ("yes or no after a period", "In 2024 was North the highest region?", "North the highest region in 2024"),
    ("forecast", "Revenue in December 2024", "Forecast revenue in December 2024"),
    ("missing", "How many orders have a discount?", "How many orders have a missing discount?"),
    ("zero", "Average discount by region", "Average discount by region without zeros"),
    ("typo that is a value", "Total revenue in Lyon", "Total revenue in Lion"),
    ("typo between values", "Total revenue in West", "Total revenue in Best"),
    ("case that matters", "How many rows have the region 'North'?", "How many rows have the region 'north'?"),
    ("country and pronoun", "What is the revenue for US?", "What is the revenue for us?"),
    ("country after give", "Give US revenue by month", "Give us revenue by month"),
    ("an id", "What is the revenue of order SO-100000?", "What is the revenue of order SO-100001?"),
    ("a few", "Which products have few orders?", "Which products have a few orders?"),
    ("French", "Chiffre d'affaires avec Paris", "Chiffre d'affaires sans Paris"),
    ("German", "Umsatz mit Rabatt nach Region", "Umsatz ohne Rabatt nach Region"),
    ("German negation", "Welche Produkte verkaufen sich in Paris?", "Welche Produkte verkaufen sich nicht in Paris?"),
    ("Spanish", "Ingresos con descuento", "Ingresos sin descuento"),
    ("Italian", "Ricavi fino a maggio 2024", "Ricavi da maggio 2024"),
    ("Chinese", "北部的收入是多少", "南部的收入是多少"),
]  # fmt: skip
CHURN = [
    ("follow-up", "What is the average tenure?", "And for churned ones?"),
    ("follow-up's opposite", "And for churned ones?", "And for not churned ones?"),
    ("value of yes and no", "How many customers have churn yes?", "How many customers have churn no?"),
    ("churned and kept", "Churned customers by region", "Retained customers by region"),
    ("rate and number", "Churn rate by contract", "Churned customers by contract"),
    ("what is within what", "Share of churned customers with one year contracts", "Share of one year contracts with churned customers"),
    ("contract and time", "Churn of customers on One year", "Churn of customers in one year"),
    ("no calls", "Customers with support calls", "Customers with no support calls"),
    ("few and fewest", "Which customers have few support calls?", "Which customers have the fewest support calls?"),
    ("most customers", "What do most customers pay?", "What do the largest customers pay?"),
    ("role of two columns", "Monthly charges by tenure months", "Tenure months by monthly charges"),
    ("effect on what", "Effect of support calls on churn", "Effect of churn on support calls"),
    ("month and year of a unit", "Monthly charges by region", "Yearly charges by region"),
    ("case of a value", 'How many pay by "Direct debit"?', 'How many pay by "direct debit"?'),
    ("either and both", "Customers in North or South", "Customers in North and South"),
    ("neither", "Customers in either North or South", "Customers in neither North nor South"),
    ("limits swapped", "tenure above 12 and monthly charges below 50", "tenure below 50 and monthly charges above 12"),
    ("more than one", "Customers with more than one support call", "Customers with one support call"),
]  # fmt: skip
CAMPAIGNS = [
    ("rate's parts", "Conversions per click by channel", "Clicks per conversion by channel"),
    ("return on spend", "Return on spend by channel", "Spend by channel"),
    ("value that is a verb", "Display revenue by campaign", "Show revenue by campaign"),
    ("value within a value", "Revenue of Launch Search", "Revenue of Search"),
    ("before and after spend", "Revenue minus spend by channel", "Spend minus revenue by channel"),
    ("cost per what", "Spend per click by channel", "Spend per conversion by channel"),
    ("impressions and clicks", "Total impressions by channel", "Total clicks by channel"),
    ("largest part", "Which channel has the largest share of spend?", "Which channel has the largest spend?"),
    ("channel and campaign", "Best campaign by channel", "Best channel by campaign"),
    ("outliers", "Average spend with outliers", "Average spend without outliers"),
]  # fmt: skip
NASTY = [("sales", *pair) for pair in SALES] + [("churn", *p) for p in CHURN] + [("campaigns", *p) for p in CAMPAIGNS]


@pytest.fixture(scope="module")
def vocabularies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Vocabulary]:
    made = {}
    for name, sample in SAMPLES.items():
        opened = open_table(sample.path, tmp_path_factory.mktemp(name), memory_mb=512)
        made[name] = Vocabulary.of(profile_table(opened, memory_mb=512))
    return made


@pytest.mark.parametrize(
    ("table", "what", "one", "other"), NASTY, ids=[f"{table}: {what}" for table, what, *_ in NASTY]
)
def test_two_questions_that_only_look_alike_share_no_answer(
    vocabularies: dict[str, Vocabulary], table: str, what: str, one: str, other: str
) -> None:
    pair = Pair(one, other, table, table, what, same=False)
    assert not same_meaning(pair, vocabularies[table])
