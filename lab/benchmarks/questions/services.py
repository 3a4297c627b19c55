"""Trades that serve: a French vet's practice, a Spanish restaurant, a call centre, an estate agency."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random

import pandas as pd

from lab.benchmarks.questions import expectations as e
from lab.benchmarks.questions.expectations import Expected
from lab.benchmarks.questions.trade import Rows, Trade, days


def _clinique(rng: Random) -> Rows:
    kinds = {"chien": (22, 70), "chat": (4.5, 55), "lapin": (2.1, 42), "oiseau": (0.4, 35)}
    rows: Rows = []
    for day in days(date(2023, 9, 1), date(2024, 9, 30)):
        for _ in range(rng.randint(0, 2) + (day.month == 5)):
            kind = rng.choices(list(kinds), [5, 4, 2, 1])[0]
            weight = round(max(0.05, rng.gauss(kinds[kind][0], kinds[kind][0] / 5)), 2)
            rows.append({
                "num_visite": 500 + len(rows), "date_visite": day, "ville": rng.choices(["Rennes", "Brest", "Quimper"], [4, 3, 2])[0],
                "espece": kind, "veterinaire": rng.choice(["Cabinet A", "Cabinet B", "Cabinet C"]), "poids_kg": weight,
                "duree_min": rng.randint(10, 70), "montant": round(kinds[kind][1] * rng.uniform(0.6, 1.8) + weight, 2),
                "vaccine": "oui" if rng.random() < (0.8 if kind == "chien" else 0.55) else "non",
                "satisfaction": None if rng.random() < 0.2 else rng.choice([2, 3, 4, 4, 5, 5]),
            })  # fmt: skip
    return rows


def _ask_clinique(df: pd.DataFrame) -> dict[str, Expected]:
    done = df["vaccine"] == "oui"
    quarter = df[df["date_visite"].dt.to_period("Q") == pd.Period("2024Q2")]
    months = df.groupby(df["date_visite"].dt.to_period("M").dt.start_time).size().sort_values(ascending=False)
    names = df.groupby(df["date_visite"].dt.month_name()).size().sort_values(ascending=False)
    two = df[df["ville"].isin(["Rennes", "Brest"])]
    return {
        "Average amount by species": e.groups(df.groupby("espece")["montant"].mean()),
        "How many visits per city?": e.groups(df.groupby("ville").size()),
        "What is the average duration of a visit for cats?": e.value(
            df.loc[df["espece"] == "chat", "duree_min"].mean()
        ),
        "What share of animals is vaccinated?": e.value(done.mean()),
        "Share vaccinated by species": e.groups(done.groupby(df["espece"]).mean()),
        "Which vet has the highest satisfaction?": e.top(
            df.groupby("veterinaire")["satisfaction"].mean().sort_values(ascending=False), 1
        ),
        "Correlation between weight and amount": e.value(df["poids_kg"].corr(df["montant"])),
        "Total billed in Q2 2024": e.value(quarter["montant"].sum()),
        "Montant moyen par ville": e.groups(df.groupby("ville")["montant"].mean()),
        "Visits longer than 45 minutes by vet": e.groups(df[df["duree_min"] > 45].groupby("veterinaire").size()),
        "Which month was the busiest?": e.any_of(
            e.top(months, 1, e.month), e.top(names, 1, lambda n: f"monthname:{n}")
        ),
        "How old are the animals on average?": e.none("old", "age"),
        "Compare Rennes and Brest on average amount": e.groups(two.groupby("ville")["montant"].mean()),
        "10 heaviest animals": e.top(
            df.sort_values("poids_kg", ascending=False)
            .drop_duplicates("num_visite")
            .set_index("num_visite")["poids_kg"],
            10,
        ),
    }


def _restaurante(rng: Random) -> Rows:
    rows: Rows = []
    start = date(2023, 10, 1)
    for day in days(start, date(2024, 12, 15)):
        growth = 1 + (day - start).days / 900
        for turn in ("comida", "cena"):
            guests = rng.randint(1, 8)
            booked = rng.random() < 0.4
            amount = guests * rng.uniform(16, 30) * (1.25 if turn == "cena" else 1) * (1.2 if booked else 1) * growth
            amount *= 1.15 if day.weekday() in (4, 5) else 1
            rows.append({
                "ticket": f"T{len(rows) + 1:05d}", "fecha": day, "turno": turn, "camarero": rng.choice(["Equipo 1", "Equipo 2", "Equipo 3", "Equipo 4"]),
                "mesa": rng.randint(1, 14), "comensales": guests, "importe": round(amount, 2),
                "propina": round(amount * rng.uniform(0, 0.12), 2),
                "metodo_pago": rng.choices(["tarjeta", "efectivo", "bizum"], [6, 3, 1])[0], "reserva": "sí" if booked else "no",
            })  # fmt: skip
    return rows


def _ask_restaurante(df: pd.DataFrame) -> dict[str, Expected]:
    month = df["fecha"].dt.to_period("M").dt.start_time
    turn = df.groupby("turno")
    recent = df[df["fecha"] >= "2024-06-01"]
    last = df["fecha"].max()
    tips = [df.loc[df["fecha"] > last - timedelta(days=n), "propina"].sum() for n in (90, 91)]
    weekdays = df.groupby(df["fecha"].dt.day_name())["importe"].mean().sort_values(ascending=False)
    full = df[df["fecha"] < "2024-12-01"].groupby(month)["importe"].sum()
    level = full.iloc[-6:].mean()
    return {
        "Total amount by waiter": e.groups(df.groupby("camarero")["importe"].sum()),
        "What is the average tip as a percentage of the amount?": e.any_of(
            e.value(df["propina"].sum() / df["importe"].sum()), e.value((df["propina"] / df["importe"]).mean())
        ),
        "Amount per guest by shift": e.any_of(
            e.groups(turn["importe"].sum() / turn["comensales"].sum()),
            e.groups((df["importe"] / df["comensales"]).groupby(df["turno"]).mean()),
        ),
        "How many tickets were paid in efectivo?": e.value(int((df["metodo_pago"] == "efectivo").sum())),
        "What share of tickets had a reservation?": e.value((df["reserva"] == "sí").mean()),
        "Average amount for tables with more than 4 guests": e.value(df.loc[df["comensales"] > 4, "importe"].mean()),
        "Importe total por turno": e.groups(turn["importe"].sum()),
        "Which day of the week has the highest average amount?": e.top(weekdays, 1, lambda d: f"weekday:{d}"),
        "Do tables with a reservation spend more?": e.tested(
            True, e.groups(df.groupby(df["reserva"] == "sí")["importe"].mean(), e.yes)
        ),
        "Total tips in the past 90 days": e.any_of(*map(e.value, tips)),
        "Tickets per month since June 2024": e.groups(
            recent.groupby(recent["fecha"].dt.to_period("M").dt.start_time).size(), e.month
        ),
        "Which dish sells best?": e.none("dish"),
        "Total tips and average amount by payment method": e.groups(
            df.groupby("metodo_pago").agg(tips=("propina", "sum"), amount=("importe", "mean"))
        ),
        "Forecast the amount for the next 2 months": e.any_of(
            e.forecast({f"month:{m}": (level * 0.75, level * 1.35) for m in ("2024-12", "2025-01")}),
            e.forecast({f"month:{m}": (level * 0.75, level * 1.35) for m in ("2025-01", "2025-02")}),
        ),
    }


def _calls(rng: Random) -> Rows:
    rows: Rows = []
    for day in days(date(2024, 9, 2), date(2024, 11, 30)):
        for _ in range(rng.randint(8, 14) if day.weekday() < 5 else rng.randint(2, 4)):
            hour = rng.choices(range(8, 19), [3, 6, 9, 8, 5, 4, 6, 6, 5, 3, 2])[0]
            queue = rng.choices(["Billing", "Technical", "Orders"], [4, 5, 2])[0]
            agent = rng.choice(["A01", "A02", "A03", "A04", "A05", "A06"])
            wait = int(rng.expovariate(1 / (190 if queue == "Technical" else 110)))
            score = 4.6 - wait / 160 - (1.5 if agent == "A05" else 0) + rng.gauss(0, 0.7)
            rows.append({
                "call_id": 900_000 + len(rows), "started_at": datetime.combine(day, time(hour, rng.randint(0, 59), rng.randint(0, 59))),
                "agent": agent, "queue": queue, "wait_sec": wait, "talk_sec": rng.randint(40, 1300),
                "resolved": int(rng.random() < (0.55 if agent == "A05" else 0.8)),
                "csat": None if rng.random() < 0.3 else min(5, max(1, round(score))), "transferred": "Y" if rng.random() < 0.17 else "N",
            })  # fmt: skip
    return rows


def _ask_calls(df: pd.DataFrame) -> dict[str, Expected]:
    hours = df.groupby(df["started_at"].dt.hour).size().sort_values(ascending=False)
    november = df[df["started_at"] >= "2024-11-01"]
    moved = df[df["transferred"] == "Y"].groupby("queue").size().sort_values(ascending=False)
    score = df.groupby("agent")["csat"].mean()
    assert 0 < (score < 3).sum() < 3
    solved = df.groupby("agent")["resolved"].mean().sort_values()
    both = df.groupby([df["started_at"].dt.day_name(), "queue"]).size()
    return {
        "At what hour do we get the most calls?": e.top(hours, 1, lambda h: f"hour:{h}"),
        "Average wait by queue": e.groups(df.groupby("queue")["wait_sec"].mean()),
        "What percent of Technical calls got resolved?": e.value(df.loc[df["queue"] == "Technical", "resolved"].mean()),
        "90th percentile of waiting time": e.value(df["wait_sec"].quantile(0.9)),
        "Longest wait": e.value(int(df["wait_sec"].max())),
        "How many calls waited longer than 5 minutes?": e.value(int((df["wait_sec"] > 300).sum())),
        "Calls per day in November": e.groups(november.groupby(november["started_at"].dt.normalize()).size(), e.day),
        "Resolution rate by agent, worst first": e.top(solved, 6),
        "Which queue has the most transferred calls?": e.top(moved, 1),
        "Are satisfaction and waiting time related?": e.any_of(
            e.value(df["csat"].corr(df["wait_sec"])), e.value(df["csat"].corr(df["wait_sec"], method="spearman"))
        ),
        "Median talk time for calls that were not transferred": e.value(df.loc[df["transferred"] == "N", "talk_sec"].median()),
        "Total call cost by queue": e.none("cost"),
        "Which agents have an average csat below 3?": e.groups(score[score < 3]),
        "Calls by weekday and queue": e.groups(both, lambda k: k if k in ("Billing", "Technical", "Orders") else f"weekday:{k}"),
        "Average wait in the Retention queue": e.none("retention"),
    }  # fmt: skip


def _homes(rng: Random) -> Rows:
    places = {"Oakwood": 1.0, "Riverside": 1.25, "Hillcrest": 1.1, "Downtown": 1.5}
    rows: Rows = []
    for day in days(date(2023, 2, 1), date(2024, 10, 31)):
        if rng.random() < 0.25:
            continue
        place, size, garage = rng.choice(list(places)), rng.randint(650, 3600), rng.random() < 0.6
        price = (90_000 + 170 * size + 38_000 * garage) * places[place] * rng.uniform(0.92, 1.08)
        rows.append({
            "listing_id": 3000 + len(rows), "sold_dt": day, "neighborhood": place, "sqft": size, "beds": max(1, round(size / 700) + rng.randint(-1, 1)),
            "baths": rng.choice([1, 2, 2, 3]), "yr_built": rng.randint(1935, 2022), "list_price": round(price, -2), "sold_price": round(price * rng.uniform(0.93, 1.05), -2),
            "days_on_mkt": rng.randint(3, 140), "garage": "yes" if garage else "no", "agency": rng.choice(["Keystone", "Harper & Co", "Bluebird"]),
        })  # fmt: skip
    return rows


def _ask_homes(df: pd.DataFrame) -> dict[str, Expected]:
    place = df.groupby("neighborhood")
    with_garage = df["garage"] == "yes"
    quarters = df.groupby(df["sold_dt"].dt.to_period("Q").dt.start_time).size()
    recent = df[df["sold_dt"].dt.year == 2024].groupby("agency").size().sort_values(ascending=False)
    cheap = df[df["neighborhood"] == "Downtown"].set_index("listing_id")
    return {
        "What is the median sold price?": e.value(df["sold_price"].median()),
        "Price per square foot by neighborhood": e.any_of(
            e.groups(place["sold_price"].sum() / place["sqft"].sum()),
            e.groups((df["sold_price"] / df["sqft"]).groupby(df["neighborhood"]).mean()),
            e.groups(place["list_price"].sum() / place["sqft"].sum()),
        ),
        "How many homes sold above their list price?": e.value(int((df["sold_price"] > df["list_price"]).sum())),
        "Average days on market for houses with a garage": e.value(df.loc[with_garage, "days_on_mkt"].mean()),
        "Do homes with a garage sell for more?": e.tested(True, e.groups(df.groupby(with_garage)["sold_price"].mean(), e.yes)),
        "How many 3 bedroom homes sold in Riverside?": e.value(int(((df["beds"] == 3) & (df["neighborhood"] == "Riverside")).sum())),
        "What influences the sold price most?": e.leads("list_price", "sqft"),
        "Cheapest 5 homes in Downtown": e.any_of(
            e.top(cheap["sold_price"].sort_values(), 5), e.top(cheap["list_price"].sort_values(), 5)
        ),
        "Average sold price of homes built before 1980": e.value(df.loc[df["yr_built"] < 1980, "sold_price"].mean()),
        "Number of sales per quarter": e.groups(quarters, e.quarter),
        "Which agency sold the most homes in 2024?": e.top(recent, 1),
        "How did the interest rate affect prices?": e.none("interest"),
        "How many homes have at least 4 beds and more than 2 baths?": e.value(int(((df["beds"] >= 4) & (df["baths"] > 2)).sum())),
        "Share of homes sold by neighborhood": e.groups(place.size() / len(df)),
        "Total sold price in 2019": e.none("2019"),
    }  # fmt: skip


TRADES = (
    Trade("clinique", _clinique, _ask_clinique),
    Trade("restaurante", _restaurante, _ask_restaurante, dates="%d/%m/%Y"),
    Trade("calls", _calls, _ask_calls),
    Trade("homes", _homes, _ask_homes, dates="%m/%d/%Y"),
)
