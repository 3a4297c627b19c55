"""Trades that sell: a bakery chain, a software subscription, a German furniture dealer."""

from __future__ import annotations

from datetime import date
from random import Random

import pandas as pd

from lab.benchmarks.questions import expectations as e
from lab.benchmarks.questions.expectations import Expected
from lab.benchmarks.questions.trade import Rows, Trade, days


def _bakery(rng: Random) -> Rows:
    items = {
        "Croissant": ("Pastry", 2.4), "Muffin": ("Pastry", 2.9), "Baguette": ("Bread", 1.9), "Rye Loaf": ("Bread", 4.5),
        "Cheesecake": ("Cake", 5.2), "Espresso": ("Drinks", 2.2), "Latte": ("Drinks", 3.6),
    }  # fmt: skip
    weights = {"Old Town": 5, "Harbour": 4, "Station": 6, "University": 3}
    rows: Rows = []
    for day in days(date(2023, 1, 1), date(2024, 11, 17)):
        for _ in range(1 + (day.weekday() == 5) * 2 + (day.year == 2024 and rng.random() < 0.4)):
            item = rng.choices(list(items), [9, 6, 7, 4, 3, 8, 5])[0]
            qty = rng.choice([1, 1, 2, 2, 3, 4])
            rows.append({
                "txn_id": 70001 + len(rows), "sale_dt": day, "store": rng.choices(list(weights), list(weights.values()))[0],
                "item": item, "category": items[item][0], "qty": qty, "unit_price": items[item][1],
                "amt": round(qty * items[item][1], 2), "pay_type": rng.choices(["card", "cash", "app"], [5, 3, 2])[0],
                "loyalty_card": int(rng.random() < 0.35), "cust_id": f"K{rng.randint(1, 150):03d}" if rng.random() < 0.8 else None,
            })  # fmt: skip
    return rows


def _ask_bakery(df: pd.DataFrame) -> dict[str, Expected]:
    by_store = df.groupby("store")["amt"].sum().sort_values(ascending=False)
    years = df.assign(year=df["sale_dt"].dt.year).pivot_table(
        index="category", columns="year", values="amt", aggfunc="sum"
    )
    ranked = df.groupby(["store", "item"])["amt"].sum().reset_index().sort_values("amt", ascending=False)
    best = ranked.groupby("store").head(2).set_index(["store", "item"])["amt"]
    october = df[(df["sale_dt"] >= "2024-10-01") & (df["sale_dt"] < "2024-11-01")]
    weekday = df.groupby(df["sale_dt"].dt.day_name())["amt"].sum().sort_values(ascending=False)
    orders = df.groupby("store").size()
    return {
        "How much did we take in total?": e.value(df["amt"].sum()),
        "Takings by store, highest first": e.top(by_store, 4),
        "What are the three best selling items by quantity?": e.top(
            df.groupby("item")["qty"].sum().sort_values(ascending=False), 3
        ),
        "Which stores had more than 250 transactions?": e.groups(orders[orders > 250]),
        "Average basket per payment type": e.groups(df.groupby("pay_type")["amt"].mean()),
        "What share of sales comes from drinks?": e.any_of(
            e.value(df.loc[df["category"] == "Drinks", "amt"].sum() / df["amt"].sum()),
            e.groups(df.groupby("category")["amt"].sum() / df["amt"].sum()),
        ),
        "Sales at the Harbour store last month": e.value(october.loc[october["store"] == "Harbour", "amt"].sum()),
        "What percentage of transactions used a loyalty card?": e.value(df["loyalty_card"].mean()),
        "How many different customers bought a croissant?": e.value(
            df.loc[df["item"] == "Croissant", "cust_id"].nunique()
        ),
        "Revenue in 2024 against 2023 by category": e.groups(years[[2023, 2024]]),
        "Which weekday brings in the most money?": e.top(weekday, 1, lambda d: f"weekday:{d}"),
        "Top 2 items per store by revenue": e.groups(best),
        "How many gluten-free products did we sell?": e.none("gluten"),
        "Average spend excluding cash payments": e.value(df.loc[df["pay_type"] != "cash", "amt"].mean()),
        "Sales at the Airport store in 2024": e.none("airport"),
    }


def _saas(rng: Random) -> Rows:
    plans = {"Starter": 19, "Team": 79, "Business": 199, "Enterprise": 690}
    rows: Rows = []
    for day in days(date(2023, 3, 1), date(2024, 10, 31)):
        if rng.random() < 0.1:
            continue
        plan = rng.choices(list(plans), [5, 4, 3, 1])[0]
        seats = max(1, int(rng.gauss({"Starter": 3, "Team": 12, "Business": 40, "Enterprise": 120}[plan], 6)))
        tickets = rng.randint(0, 9)
        rows.append({
            "customerId": f"cu-{1000 + len(rows)}", "signupDate": day, "planName": plan,
            "country": rng.choices(["Germany", "France", "United Kingdom", "Spain"], [4, 3, 3, 2])[0], "seats": seats,
            "monthlyFee": round(plans[plan] * rng.uniform(0.85, 1.15), 2), "supportTickets": tickets,
            "npsScore": None if rng.random() < 0.15 else rng.randint(0, 10),
            "hasChurned": "Yes" if rng.random() < 0.05 + 0.07 * tickets else "No",
            "salesRep": rng.choice(["Team North", "Team South", "Partner Desk"]),
        })  # fmt: skip
    return rows


def _ask_saas(df: pd.DataFrame) -> dict[str, Expected]:
    churned = df["hasChurned"] == "Yes"
    month = df["signupDate"].dt.to_period("M").dt.start_time
    both = df[df["planName"].isin(["Team", "Business"])]
    per_seat = df.groupby("planName")["monthlyFee"].sum() / df.groupby("planName")["seats"].sum()
    each_seat = (df["monthlyFee"] / df["seats"]).groupby(df["planName"]).mean()
    return {
        "What is our churn rate?": e.value(churned.mean()),
        "Churn by plan": e.groups(churned.groupby(df["planName"]).mean()),
        "Do churned customers open more support tickets than those who stayed?": e.tested(
            True, e.groups(df.groupby(churned)["supportTickets"].mean(), e.yes)
        ),
        "How many customers signed up each quarter?": e.groups(
            df.groupby(df["signupDate"].dt.to_period("Q").dt.start_time).size(), e.quarter
        ),
        "Median fee for Team and Business plans": e.any_of(
            e.groups(both.groupby("planName")["monthlyFee"].median()), e.value(both["monthlyFee"].median())
        ),
        "Which country has the highest average monthly fee?": e.top(
            df.groupby("country")["monthlyFee"].mean().sort_values(ascending=False), 1
        ),
        "How many customers have at least 50 seats?": e.value(int((df["seats"] >= 50).sum())),
        "Monthly fee per seat by plan": e.any_of(e.groups(per_seat), e.groups(each_seat)),
        "What drives churn?": e.leads("supportTickets"),
        "Number of customers by sales rep, only Enterprise": e.groups(
            df[df["planName"] == "Enterprise"].groupby("salesRep").size()
        ),
        "Which sales rep has the best NPS?": e.top(
            df.groupby("salesRep")["npsScore"].mean().sort_values(ascending=False), 1
        ),
        "How many rows have no NPS score?": e.value(int(df["npsScore"].isna().sum())),
        "Cumulative signups by month": e.groups(df.groupby(month).size().cumsum(), e.month),
        "How many customers use single sign-on?": e.none("sign-on", "sso", "single"),
        "Average fee by plan and by industry": e.partial(
            e.groups(df.groupby("planName")["monthlyFee"].mean()), "industry"
        ),
    }


def _handel(rng: Random) -> Rows:
    goods = {
        "Sofa Oslo": ("Möbel", 899.0, 62.0), "Stuhl Riga": ("Möbel", 119.0, 7.5), "Regal Turin": ("Möbel", 249.0, 31.0),
        "Lampe Mars": ("Beleuchtung", 59.0, 1.8), "Stehlampe Luna": ("Beleuchtung", 139.0, 6.2),
        "Teppich Fes": ("Textil", 189.0, 11.0), "Vorhang Lino": ("Textil", 45.0, 2.1),
    }  # fmt: skip
    rows: Rows = []
    for day in days(date(2023, 1, 1), date(2024, 12, 31)):
        for _ in range(1 + (rng.random() < 0.3 + 0.3 * (day.year == 2024))):
            item = rng.choices(list(goods), [2, 6, 3, 6, 3, 3, 5])[0]
            group, price, weight = goods[item]
            discount = rng.choice([0, 0, 0, 5, 10, 15, 20])
            amount = rng.randint(1, 2) + int(discount / 7) + rng.randint(0, 1)
            rows.append({
                "Auftragsnr": f"A-{20000 + len(rows)}", "Bestelldatum": day, "Kundennr": f"KD{rng.randint(1, 260):04d}",
                "Filiale": rng.choices(["München", "Köln", "Hamburg", "Leipzig"], [5, 4, 3, 2])[0], "Artikel": item,
                "Warengruppe": group, "Menge": amount, "Rabatt (%)": discount,
                "Umsatz (€)": round(price * amount * (1 - discount / 100), 2), "Gewicht (kg)": round(weight * amount * rng.uniform(0.97, 1.03), 2),
                "Retoure": "ja" if rng.random() < (0.22 if group == "Textil" else 0.08) else "nein",
            })  # fmt: skip
    return rows


def _ask_handel(df: pd.DataFrame) -> dict[str, Expected]:
    sales, back = df["Umsatz (€)"], df["Retoure"] == "ja"
    year = df["Bestelldatum"].dt.year
    totals = sales.groupby(year).sum()
    north = df[df["Filiale"].isin(["Hamburg", "Leipzig"])]
    kept = df[~back & (year == 2024)]
    branch = df.groupby("Filiale")
    return {
        "What is the total turnover?": e.value(sales.sum()),
        "revenue by branch": e.groups(branch["Umsatz (€)"].sum()),
        "Umsatz pro Warengruppe": e.groups(df.groupby("Warengruppe")["Umsatz (€)"].sum()),
        "What is the return rate by product group?": e.groups(back.groupby(df["Warengruppe"]).mean()),
        "average weight of orders in Köln": e.value(df.loc[df["Filiale"] == "Köln", "Gewicht (kg)"].mean()),
        "Which article sold the most units?": e.top(
            df.groupby("Artikel")["Menge"].sum().sort_values(ascending=False), 1
        ),
        "How many orders weighed more than 40 kg?": e.value(int((df["Gewicht (kg)"] > 40).sum())),
        "Revenue growth from 2023 to 2024": e.value((totals[2024] - totals[2023]) / totals[2023]),
        "Revenue per customer by branch": e.groups(branch["Umsatz (€)"].sum() / branch["Kundennr"].nunique()),
        "How many customers do we have in Hamburg or Leipzig?": e.any_of(
            e.value(north["Kundennr"].nunique()), e.groups(north.groupby("Filiale")["Kundennr"].nunique())
        ),
        "Wie hoch ist der Umsatz in München?": e.value(df.loc[df["Filiale"] == "München", "Umsatz (€)"].sum()),
        "Sales excluding returns per month in 2024": e.groups(
            kept.groupby(kept["Bestelldatum"].dt.to_period("M").dt.start_time)["Umsatz (€)"].sum(), e.month
        ),
        "Profit margin by branch": e.none("profit", "margin"),
        "Correlation between discount and quantity": e.value(df["Rabatt (%)"].corr(df["Menge"])),
        "Umsatz in Frankfurt": e.none("frankfurt"),
    }


TRADES = (
    Trade("bakery", _bakery, _ask_bakery),
    Trade("saas", _saas, _ask_saas),
    Trade("handel", _handel, _ask_handel, delimiter=";", dates="%d.%m.%Y", comma=True),
)
