"""Trades about people: a clinical trial, a library, a charity, an insurer."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

import pandas as pd

from lab.benchmarks.questions import expectations as e
from lab.benchmarks.questions.expectations import Expected
from lab.benchmarks.questions.trade import Rows, Trade, days


def _trial(rng: Random) -> Rows:
    rows: Rows = []
    for n in range(360):
        arm = rng.choice(["Drug A", "Drug B", "Placebo"])
        age = rng.randint(22, 84)
        before = round(rng.gauss(150, 12))
        effect = {"Drug A": 16, "Drug B": 9, "Placebo": 2}[arm]
        rows.append({
            "subject_id": f"P{n + 1:03d}", "arm": arm, "site": rng.choices(["Bern", "Graz", "Lund"], [5, 4, 3])[0], "sex": rng.choice(["F", "M"]),
            "age_yrs": age, "bmi": round(rng.gauss(26 + age / 40, 4), 1), "sbp_before": before, "sbp_after": round(before - effect - rng.gauss(0, 7)),
            "adverse_event": "yes" if rng.random() < {"Drug A": 0.34, "Drug B": 0.2, "Placebo": 0.12}[arm] else "no",
            "completed": int(rng.random() < 0.86), "visits": rng.randint(2, 9),
        })  # fmt: skip
    return rows


def _ask_trial(df: pd.DataFrame) -> dict[str, Expected]:
    arm, adverse = df.groupby("arm"), df["adverse_event"] == "yes"
    older = df[(df["sex"] == "F") & (df["age_yrs"] > 60)]
    drugs = df[df["arm"].isin(["Drug A", "Drug B"]) & (df["bmi"] >= 30)]
    return {
        "How many subjects are in each arm?": e.groups(arm.size()),
        "Average sbp after by arm": e.groups(arm["sbp_after"].mean()),
        "Is the difference in sbp after between the arms significant?": e.tested(
            True, e.groups(arm["sbp_after"].mean())
        ),
        "Adverse event rate by arm and sex": e.groups(adverse.groupby([df["arm"], df["sex"]]).mean()),
        "Completion rate of women over 60": e.value(older["completed"].mean()),
        "Average of sbp before minus sbp after by arm": e.groups(
            (df["sbp_before"] - df["sbp_after"]).groupby(df["arm"]).mean()
        ),
        "Is age related to bmi?": e.any_of(
            e.value(df["age_yrs"].corr(df["bmi"])), e.value(df["age_yrs"].corr(df["bmi"], method="spearman"))
        ),
        "Standard deviation of bmi": e.value(df["bmi"].std()),
        "How many subjects did not complete?": e.value(int((df["completed"] == 0).sum())),
        "Age of the youngest and the oldest subject": e.values(int(df["age_yrs"].min()), int(df["age_yrs"].max())),
        "What share of subjects comes from each site?": e.groups(df.groupby("site").size() / len(df)),
        "What did each arm cost?": e.none("cost"),
        "How many subjects on Drug A or Drug B have a bmi of 30 or more?": e.any_of(
            e.value(len(drugs)), e.groups(drugs.groupby("arm").size())
        ),
        "Is there a relation between arm and adverse events?": e.tested(
            True, e.groups(adverse.groupby(df["arm"]).mean())
        ),
        "Average number of visits of smokers": e.none("smoker"),
    }


def _library(rng: Random) -> Rows:
    rows: Rows = []
    for day in days(date(2023, 1, 2), date(2024, 12, 20)):
        for _ in range(rng.randint(0, 2) + int(day.month == 11)):
            branch = rng.choices(["Central", "Eastside", "Lakeview"], [5, 3, 2])[0]
            genre = rng.choices(
                ["Crime", "Science", "Children", "History", "Poetry"], [6, 3, 5 + 4 * (branch == "Lakeview"), 3, 1]
            )[0]
            kind = rng.choices(["adult", "student", "senior"], [5, 4, 2])[0]
            kept = rng.randint(1, 34) + (5 if kind == "student" else 0)
            rows.append({
                "loanId": 8000 + len(rows), "borrowedOn": day, "branchName": branch, "genre": genre, "memberType": kind,
                "memberId": f"m{rng.randint(1, 110):03d}", "daysKept": kept, "isOverdue": int(kept > 28), "fineEur": round(0.2 * max(0, kept - 28), 2),
            })  # fmt: skip
    return rows


def _ask_library(df: pd.DataFrame) -> dict[str, Expected]:
    branch = df.groupby("branchName")
    genres = df.groupby(["branchName", "genre"]).size().reset_index(name="n").sort_values("n", ascending=False)
    popular = genres.groupby("branchName").head(1).set_index(["branchName", "genre"])["n"]
    kinds = df[df["memberType"].isin(["adult", "senior"])]
    years = df.groupby(df["borrowedOn"].dt.year).size().sort_values(ascending=False)
    per_member = df.groupby("memberId").size()
    first = df.groupby("memberId")["borrowedOn"].min()
    two = df[df["genre"].isin(["Crime", "Poetry"])]
    monthly = df.groupby(df["borrowedOn"].dt.to_period("M").dt.start_time).size()
    growth = pd.DataFrame({"n": monthly, "growth": monthly.pct_change()}).loc["2024"]
    return {
        "Loans per branch": e.groups(branch.size()),
        "What are the total fines in euros?": e.value(df["fineEur"].sum()),
        "Fines by genre for students": e.groups(df[df["memberType"] == "student"].groupby("genre")["fineEur"].sum()),
        "How many loans does a member have on average?": e.value(per_member.mean()),
        "Most popular genre at each branch": e.groups(popular),
        "Overdue rate of adults versus seniors": e.groups(kinds.groupby("memberType")["isOverdue"].mean()),
        "Which year had more loans?": e.top(years, 1),
        "When was the first loan?": e.value(df["borrowedOn"].min()),
        "How many members borrowed more than 10 times?": e.any_of(
            e.value(int((per_member > 10).sum())), e.groups(per_member[per_member > 10])
        ),
        "How many members borrowed for the first time in each month?": e.groups(
            first.groupby(first.dt.to_period("M").dt.start_time).size(), e.month
        ),
        "Average days kept for crime and poetry": e.any_of(
            e.groups(two.groupby("genre")["daysKept"].mean()), e.value(two["daysKept"].mean())
        ),
        "Which author is read most?": e.none("author"),
        "What share of loans ended with a fine?": e.value((df["fineEur"] > 0).mean()),
        "Month over month growth in loans in 2024": e.any_of(
            e.groups(growth, e.month), e.groups(growth["growth"].iloc[1:], e.month, more=True), e.groups(growth.iloc[1:], e.month, more=True)
        ),
        "Total fines by branch in the last 12 months": e.any_of(
            *(e.groups(df[df["borrowedOn"] > start].groupby("branchName")["fineEur"].sum())
              for start in ("2023-12-20", "2023-12-19", "2023-11-30")),
            e.groups(df[(df["borrowedOn"] >= "2023-12-01") & (df["borrowedOn"] < "2024-12-01")].groupby("branchName")["fineEur"].sum()),
        ),
    }  # fmt: skip


def _gifts(rng: Random) -> Rows:
    rows: Rows = []
    for day in days(date(2022, 7, 1), date(2024, 12, 31)):
        for _ in range(rng.choice([0, 1, 1]) + int(day.month == 12)):
            rows.append({
                "donor_id": int(1000 + min(rng.expovariate(1 / 60), 260)), "gift_date": day, "appeal": rng.choice(["Clean Water", "School Meals", "Winter Shelter"]),
                "channel": rng.choices(["mail", "web", "event", "phone"], [3, 5, 2, 1])[0], "amount": rng.choice([25, 40, 50, 75, 100, 150, 250, 400]) * rng.choice([1, 1, 1, 2, 5]) + rng.randint(0, 9),
                "is_recurring": rng.random() < 0.3, "region": rng.choice(["Coast", "Valley", "Highlands"]),
                "age_group": None if rng.random() < 0.12 else rng.choice(["18-34", "35-54", "55+"]),
            })  # fmt: skip
    return [*rows, rows[10], rows[200], rows[201]]


def _ask_gifts(df: pd.DataFrame) -> dict[str, Expected]:
    amount = df["amount"]
    year = df["gift_date"].dt.year
    donors = df.groupby("donor_id")["amount"].sum().sort_values(ascending=False)
    december = (
        df[df["gift_date"].dt.month == 12].groupby(df["gift_date"].dt.to_period("M").dt.start_time)["amount"].sum()
    )
    web = df[df["channel"] == "web"]
    region = df.groupby("region")
    return {
        "Total amount raised": e.value(int(amount.sum())),
        "Average gift by channel": e.groups(df.groupby("channel")["amount"].mean()),
        "Largest donation": e.value(int(amount.max())),
        "How many donors gave in 2024?": e.value(df.loc[year == 2024, "donor_id"].nunique()),
        "How many gifts were over $500?": e.value(int((amount > 500).sum())),
        "Share of recurring gifts per age group": e.groups(df.groupby("age_group")["is_recurring"].mean()),
        "Amount raised per donor by region": e.groups(region["amount"].sum() / region["donor_id"].nunique()),
        "Top 10 donors": e.top(donors, 10),
        "Raised in December 2023 versus December 2024": e.values(*[int(december[f"{y}-12-01"]) for y in (2023, 2024)]),
        "What percentage of the money comes from the top 10 donors?": e.value(donors.head(10).sum() / donors.sum()),
        "Number of gifts between $100 and $250": e.value(int(amount.between(100, 250).sum())),
        "Which volunteer brought in the most?": e.none("volunteer"),
        "Quarterly totals for the web channel": e.groups(
            web.groupby(web["gift_date"].dt.to_period("Q").dt.start_time)["amount"].sum(), e.quarter
        ),
        "Are there missing values or duplicate rows?": e.listed(["age_group"], at_most=12),
        "Amount by region in 2024 and its growth over 2023": e.groups(_growth(df, year)),
    }


def _growth(df: pd.DataFrame, year: Any) -> pd.DataFrame:
    table = df.pivot_table(index="region", columns=year, values="amount", aggfunc="sum")[[2023, 2024]]
    return table.assign(growth=(table[2024] - table[2023]) / table[2023])[[2024, "growth"]]


def _claims(rng: Random) -> Rows:
    rows: Rows = []
    for day in days(date(2023, 1, 1), date(2024, 9, 30)):
        for _ in range(rng.randint(0, 2)):
            kind = rng.choices(["auto", "home", "travel", "health"], [5, 3, 2, 3])[0]
            amount = round(rng.lognormvariate(7.2, 0.7), 2)
            status = rng.choices(["paid", "denied", "open"], [7, 2, 1])[0]
            fraud = int(rng.random() < (0.32 if amount > 2600 else 0.03))
            rows.append({
                "claim_no": f"CL{len(rows) + 10001}", "incident_dt": day, "policy_type": kind, "region": rng.choice(["North", "South", "East"]),
                "claim_amt": amount, "payout_amt": round(amount * rng.uniform(0.5, 0.95), 2) if status == "paid" else 0.0, "fraud_flag": fraud,
                "cust_age": rng.randint(18, 88), "days_to_settle": None if status == "open" else rng.randint(2, 60) + 9 * (kind == "home"),
                "adjuster": rng.choice(["Desk 1", "Desk 2", "Desk 3"]), "status": status,
            })  # fmt: skip
    return rows


def _ask_claims(df: pd.DataFrame) -> dict[str, Expected]:
    kind = df.groupby("policy_type")
    gap = df["claim_amt"] - df["payout_amt"]
    last = df["incident_dt"].max()
    denied = df["status"] == "denied"
    return {
        "Total claimed and total paid out": e.values(df["claim_amt"].sum(), df["payout_amt"].sum()),
        "Payout relative to claim amount by policy type": e.groups(kind["payout_amt"].sum() / kind["claim_amt"].sum()),
        "Fraud rate in the north": e.value(df.loc[df["region"] == "North", "fraud_flag"].mean()),
        "How many claims are still open?": e.value(int((df["status"] == "open").sum())),
        "Average settlement time for denied claims": e.value(df.loc[denied, "days_to_settle"].mean()),
        "How many claims are neither open nor denied?": e.value(int((~df["status"].isin(["open", "denied"])).sum())),
        "What predicts fraud?": e.leads("claim_amt"),
        "Average claim of customers younger than 25": e.value(df.loc[df["cust_age"] < 25, "claim_amt"].mean()),
        "Average difference between claim and payout by region": e.groups(gap.groupby(df["region"]).mean()),
        "Number of claims in the last 6 months": e.any_of(
            e.value(int((df["incident_dt"] >= "2024-04-01").sum())), e.value(int((df["incident_dt"] > last - timedelta(days=183)).sum()))
        ),
        "Which adjuster settles fastest?": e.top(df.groupby("adjuster")["days_to_settle"].mean().sort_values(), 1),
        "What is the average premium?": e.none("premium"),
        "Distribution of claim amounts": e.values(df["claim_amt"].median(), df["claim_amt"].min(), df["claim_amt"].max()),
        "Denied claims as a share of all claims, by policy type": e.groups(denied.groupby(df["policy_type"]).mean()),
        "Claims for pet policies": e.none("pet"),
    }  # fmt: skip


TRADES = (
    Trade("trial", _trial, _ask_trial),
    Trade("library", _library, _ask_library),
    Trade("gifts", _gifts, _ask_gifts, flags=("TRUE", "FALSE"), text=lambda c, v: f"${v:,}" if c == "amount" else None),
    Trade("claims", _claims, _ask_claims),
)
