"""Trades that run machines: solar parks, a haulier's fleet, a factory."""

from __future__ import annotations

import math
from datetime import date
from random import Random

import pandas as pd
from scipy.stats import pearsonr

from lab.benchmarks.questions import expectations as e
from lab.benchmarks.questions.expectations import Expected
from lab.benchmarks.questions.trade import Rows, Trade, days

ODD_DAYS = ("2023-08-14", "2024-03-06", "2024-10-21")
"""Days on which the solar parks stood still for hours."""


def _solar(rng: Random) -> Rows:
    rows: Rows = []
    start = date(2023, 1, 1)
    for day in days(start, date(2024, 12, 31)):
        season = 0.5 - 0.5 * math.cos(2 * math.pi * (day.timetuple().tm_yday + 10) / 365)
        for site, size, rise in (("North Field", 900, 0), ("South Field", 1100, 0.35), ("East Roof", 420, 0)):
            light = 120 + 520 * season + rng.gauss(0, 60)
            cleaned = int(rng.random() < 0.3)
            age = (day - start).days / 731
            down = int(abs(rng.gauss(18, 9))) if day.isoformat() not in ODD_DAYS else rng.randint(420, 600)
            energy = size * (light / 400) * (1 + rise * age) * (1.12 if cleaned else 1) * rng.uniform(0.93, 1.07)
            rows.append({
                "Site": site, "ReadingDate": day, "Energy (kWh)": round(energy * (1 - down / 1440), 1), "Irradiance (W/m²)": round(light, 1),
                "Downtime (min)": down, "Temp (°C)": round(2 + 22 * season + rng.gauss(0, 3), 1),
                "PanelType": "mono" if site != "East Roof" else "poly", "Cleaned": cleaned,
            })  # fmt: skip
    return rows


def _ask_solar(df: pd.DataFrame) -> dict[str, Expected]:
    energy, when, down = df["Energy (kWh)"], df["ReadingDate"], df["Downtime (min)"]
    month = when.dt.to_period("M").dt.start_time
    in_2024 = when.dt.year == 2024
    monthly = energy[in_2024].groupby(month[in_2024]).sum()
    daily = energy.groupby(when).sum()
    yearly = df.pivot_table(index="Site", columns=when.dt.year, values="Energy (kWh)", aggfunc="sum")
    change = yearly.assign(growth=(yearly[2024] - yearly[2023]) / yearly[2023])
    warm = df["Temp (°C)"].between(10, 20)
    south = df["Site"] == "South Field"
    temp_r = pearsonr(df["Irradiance (W/m²)"], energy)[0]
    return {
        "How much energy was produced in 2024?": e.value(energy[in_2024].sum()),
        "Energy by site and year": e.groups(df.groupby(["Site", when.dt.year])["Energy (kWh)"].sum()),
        "Running total of energy per month in 2024": e.groups(monthly.cumsum(), e.month),
        "Which month of 2024 had the lowest production?": e.top(monthly.sort_values(), 1, e.month),
        "Is there an upward trend in energy at the South Field?": e.trend(
            1, energy[south].groupby(month[south]).sum().iloc[3:15], e.month
        ),
        "How strongly does irradiance correlate with energy?": e.value(temp_r),
        "7-day moving average of total energy": e.groups(daily.rolling(7).mean().iloc[-20:], e.day, more=True),
        "Which days had unusual downtime?": e.listed([f"day:{d}" for d in ODD_DAYS], at_most=12),
        "How many days was downtime over 30 minutes?": e.any_of(
            e.value(int((down > 30).sum())), e.value(int(when[down > 30].nunique())), e.value(int((down.groupby(when).sum() > 30).sum()))
        ),
        "Average energy on days when the temperature was between 10 and 20 degrees": e.value(energy[warm].mean()),
        "Do cleaned panels produce more energy?": e.tested(True, e.groups(df.groupby("Cleaned")["Energy (kWh)"].mean(), e.yes)),
        "95th percentile of downtime": e.value(down.quantile(0.95)),
        "How much CO2 did we save?": e.none("co2", "save"),
        "Year over year change in energy by site": e.groups(change),
        "Average downtime per panel type": e.groups(df.groupby("PanelType")["Downtime (min)"].mean()),
    }  # fmt: skip


def _fleet(rng: Random) -> Rows:
    depots = {"North": 9.5, "West": 11.5, "Harbour": 14.0}
    vans = {f"V-{n:02d}": rng.choice(list(depots)) for n in range(1, 19)}
    rows: Rows = []
    for day in days(date(2024, 1, 2), date(2024, 11, 29)):
        for _ in range(rng.randint(1, 4)):
            van = rng.choice(list(vans))
            depot = vans[van]
            distance = rng.randint(35, 640)
            load = round(max(0.4, rng.gauss(depots[depot], 2.5)), 1)
            rows.append({
                "TripID": 1 + len(rows), "VehicleID": van, "TripDate": day, "CrewCode": rng.choice(["C1", "C2", "C3", "C4", "C5"]),
                "Depot": depot, "Distance (km)": distance, "Fuel (l)": round(distance * (0.22 + load / 120) * rng.uniform(0.9, 1.1), 1),
                "Load (t)": None if rng.random() < 0.06 else load, "Late": rng.random() < (0.3 if depot == "West" else 0.14),
            })  # fmt: skip
    return rows


def _ask_fleet(df: pd.DataFrame) -> dict[str, Expected]:
    depot = df.groupby("Depot")
    fuel, distance = depot["Fuel (l)"].sum(), depot["Distance (km)"].sum()
    vans = df.groupby("VehicleID")["Distance (km)"].sum().sort_values(ascending=False)
    october = df[df["TripDate"].dt.to_period("M") == pd.Period("2024-10")]
    crews = october.groupby("CrewCode")["Distance (km)"].sum().sort_values(ascending=False)
    load = depot["Load (t)"].mean()
    quarters = df.groupby(df["TripDate"].dt.quarter)["Fuel (l)"].sum()
    return {
        "Fuel per 100 km by depot": e.any_of(e.groups(100 * fuel / distance), e.groups(fuel / distance)),
        "Total distance driven by vehicle, top 5": e.top(vans, 5),
        "How many trips were late?": e.value(int(df["Late"].sum())),
        "Late rate by depot": e.groups(depot["Late"].mean()),
        "Average and maximum load": e.values(df["Load (t)"].mean(), df["Load (t)"].max()),
        "Which crew drove the furthest in October 2024?": e.any_of(
            e.top(crews, 1), e.top(october.groupby("CrewCode")["Distance (km)"].max().sort_values(ascending=False), 1)
        ),
        "Number of vehicles per depot": e.groups(depot["VehicleID"].nunique()),
        "Trips with no load recorded": e.value(int(df["Load (t)"].isna().sum())),
        "Distance per trip by crew": e.groups(df.groupby("CrewCode")["Distance (km)"].mean()),
        "Depots where the average load exceeds 10 t": e.groups(load[load > 10]),
        "How did total fuel use change between Q2 and Q3 2024?": e.values(quarters[2], quarters[3]),
        "What was the fuel price in May?": e.none("price"),
        "Share of the total distance per depot": e.groups(distance / distance.sum()),
        "Late trips excluding depot West": e.any_of(
            e.value(int((df["Late"] & (df["Depot"] != "West")).sum())),
            e.groups(df[df["Depot"] != "West"].groupby("Depot")["Late"].sum()),
        ),
        "Trips in 2021 by depot": e.none("2021"),
    }


def _factory(rng: Random) -> Rows:
    rows: Rows = []
    ages = {"L1": 20, "L2": 64, "L3": 110}
    for day in days(date(2024, 2, 1), date(2024, 11, 21)):
        for line, age in ages.items():
            if rng.random() < 0.25:
                continue
            shift = rng.choice(["day", "night", "swing"])
            made = rng.randint(380, 620) - (60 if line == "L3" else 0) + (25 if shift == "day" else 0)
            scrapped = min(made, int(made * max(0.0, rng.gauss(0.02 + age / 4000, 0.012))))
            rows.append({
                "batch_no": f"B{len(rows) + 1:04d}", "prod_date": day, "line": line, "shift": shift, "operator_code": rng.choice(["op-11", "op-12", "op-13", "op-14"]),
                "units_made": made, "units_scrapped": scrapped, "cycle_time_s": round(30 + age / 9 + rng.gauss(0, 2.2), 2),
                "machine_age_mths": age + (day - date(2024, 2, 1)).days // 30, "qc_result": "fail" if rng.random() < 0.05 + 0.12 * (shift == "night") else "pass",
            })  # fmt: skip
    return rows


def _ask_factory(df: pd.DataFrame) -> dict[str, Expected]:
    line = df.groupby("line")
    scrap = line["units_scrapped"].sum()
    october = df[df["prod_date"].dt.to_period("M") == pd.Period("2024-10")]
    weeks = october.groupby(october["prod_date"].dt.to_period("W-SUN").dt.start_time)["units_made"].sum()
    pairs = df.groupby(["line", "shift"])["units_made"].sum().sort_values(ascending=False)
    scrapped = df["units_scrapped"].groupby(df["operator_code"])
    night = df[(df["shift"] == "night") & (df["line"] != "L2")]
    daily = df.groupby("prod_date")["units_made"].sum()
    return {
        "What is the scrap rate by line?": e.groups(scrap / line["units_made"].sum()),
        "Total units made per week in October 2024": e.groups(weeks, e.week),
        "QC pass rate by shift": e.groups((df["qc_result"] == "pass").groupby(df["shift"]).mean()),
        "Which line and shift makes the most units?": e.top(pairs, 1),
        "Units made on L1 compared to L3": e.groups(line["units_made"].sum()[["L1", "L3"]]),
        "How many batches failed QC?": e.value(int((df["qc_result"] == "fail").sum())),
        "Does machine age affect cycle time?": e.any_of(
            e.value(df["machine_age_mths"].corr(df["cycle_time_s"])),
            e.value(df["machine_age_mths"].corr(df["cycle_time_s"], method="spearman")),
            e.value(df["machine_age_mths"].cov(df["cycle_time_s"]) / df["machine_age_mths"].var()),
        ),
        "Average cycle time on the night shift, excluding line L2": e.value(night["cycle_time_s"].mean()),
        "How many batches had more than 5% of their units scrapped?": e.value(
            int((df["units_scrapped"] / df["units_made"] > 0.05).sum())
        ),
        "Which operator scraps the fewest units?": e.any_of(
            e.top(scrapped.sum().sort_values(), 1), e.top(scrapped.mean().sort_values(), 1)
        ),
        "Units made this year so far": e.value(int(df["units_made"].sum())),
        "Energy used per line": e.none("energy"),
        "Average units made per day": e.any_of(e.value(daily.mean()), e.value(df["units_made"].sum() / 295)),
        "Which line scraps the most, and why?": e.top(scrap.sort_values(ascending=False), 1),
        "Batches per line with fewer than 400 units made": e.groups(df[df["units_made"] < 400].groupby("line").size()),
    }


TRADES = (
    Trade("solar", _solar, _ask_solar),
    Trade("fleet", _fleet, _ask_fleet, flags=("TRUE", "FALSE")),
    Trade("factory", _factory, _ask_factory),
)
