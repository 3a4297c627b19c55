"""Small tables of eight trades, made by rules with planted quirks, as lists of records (values as Python means them)."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

Rows = list[dict[str, Any]]


def _days(start: date, end: date) -> list[date]:
    return [start + timedelta(days=n) for n in range((end - start).days + 1)]


def shop() -> Rows:
    """A web shop: two whole years of orders to the end of 2024, a spelling variant of one city."""
    rng = random.Random(1)
    prices = {"Lamp": 40.0, "Chair": 85.5, "Desk": 210.0, "Shelf": 120.0, "Mirror": 65.0}
    rows: Rows = []
    for day in _days(date(2023, 1, 1), date(2024, 12, 31)):
        for _ in range(1 + (day.weekday() == 5) + (day.month == 12)):
            product = rng.choice(list(prices))
            if product == "Mirror" and day.year == 2024 and day.month > 9 and rng.random() < 0.5:
                product = "Desk"
            quantity = rng.randint(1, 4)
            revenue = round(prices[product] * quantity * rng.uniform(0.9, 1.1), 2)
            rows.append({
                "order_id": f"O{len(rows) + 1:05d}", "order_date": day, "customer_id": f"C{rng.randint(1, 90):03d}",
                "city": rng.choice(["Lyon", "Paris", "Nantes", "Nantes", " lyon"]), "product": product,
                "category": "Office" if product in ("Chair", "Desk") else "Home", "quantity": quantity,
                "revenue": revenue, "profit": round(revenue * rng.uniform(0.1, 0.4), 2),
                "member_tier": rng.choice(["Gold", "Silver", "Basic"]),
                "status": rng.choices(["delivered", "returned", "cancelled"], [8, 1, 1])[0],
            })  # fmt: skip
    return rows


def hospital() -> Rows:
    """Hospital visits: text yes/no, missing ages, waiting times by ward."""
    rng = random.Random(2)
    base = {"Cardiology": 50, "Surgery": 35, "Pediatrics": 20, "Oncology": 42}
    rows: Rows = []
    for n in range(420):
        ward = rng.choice(list(base))
        age = rng.randint(1, 92)
        rows.append({
            "patient_id": 1000 + n, "admission_date": date(2024, 1, 1) + timedelta(days=n * 2 // 3), "ward": ward,
            "age": None if n % 37 == 0 else age, "gender": rng.choice(["F", "M"]),
            "length_of_stay_days": rng.randint(1, 14), "waiting_minutes": round(rng.gauss(base[ward], 6), 1),
            "treatment_cost": round(rng.uniform(300, 9000), 2),
            "readmitted": "yes" if rng.random() < (0.35 if ward == "Oncology" else 0.12) else "no",
            "insurance": rng.choice(["private", "public", "none"]),
        })  # fmt: skip
    return rows


def staff() -> Rows:
    """HR: 0/1 attrition, camel case headers."""
    rng = random.Random(3)
    rows: Rows = []
    for n in range(300):
        department = rng.choice(["Sales", "Engineering", "Support", "Finance"])
        years = rng.randint(0, 25)
        overtime = rng.choice(["Yes", "No"])
        rows.append({
            "EmployeeID": n + 1, "Department": department, "Gender": rng.choice(["Male", "Female"]),
            "Age": rng.randint(20, 64), "YearsAtCompany": years,
            "MonthlySalary": 2500 + 90 * years + (900 if department == "Engineering" else 0) + rng.randint(0, 800),
            "JobSatisfaction": rng.randint(1, 5), "OverTime": overtime,
            "Attrition": int(rng.random() < (0.4 if overtime == "Yes" else 0.1)),
            "Education": rng.choice(["Bachelor", "Master", "PhD"]),
        })  # fmt: skip
    return rows


def sensors() -> Rows:
    """Hourly readings of three machines; data end in the middle of a month, with one spike."""
    rng = random.Random(4)
    rows: Rows = []
    start = datetime(2024, 3, 1)
    for hour in range(24 * 45):
        stamp = start + timedelta(hours=hour)
        for machine in ("M1", "M2", "M3"):
            rows.append({
                "timestamp": stamp, "machine": machine,
                "temperature_c": round(60 + 8 * (stamp.hour in (13, 14, 15)) + 5 * (machine == "M3") + rng.gauss(0, 2), 2)
                + (70 if hour == 500 and machine == "M2" else 0),
                "vibration": round(rng.uniform(0.1, 1.2), 3), "energy_kwh": round(rng.uniform(3, 9), 2),
                "alarm": rng.random() < 0.05,
            })  # fmt: skip
    return rows


def school() -> Rows:
    """Pupils: no dates at all."""
    rng = random.Random(5)
    rows: Rows = []
    for n in range(240):
        hours = round(rng.uniform(0, 12), 1)
        rows.append({
            "student_id": f"S{n:03d}", "school": rng.choice(["North High", "South High", "West College"]),
            "grade_level": rng.choice([9, 10, 11, 12]), "study_hours": hours,
            "math_score": round(min(100, 45 + 3.5 * hours + rng.gauss(0, 8)), 1),
            "reading_score": None if n % 29 == 0 else round(rng.gauss(70, 9), 1),
            "attendance_pct": round(rng.uniform(60, 100), 1), "lunch": rng.choice(["free", "paid"]),
            "passed": rng.random() < min(0.95, 0.3 + hours / 15),
        })  # fmt: skip
    return rows


def hotel() -> Rows:
    """Bookings with day-first dates and prices with a currency sign, both as text."""
    rng = random.Random(6)
    rows: Rows = []
    for n in range(500):
        nights = rng.randint(1, 9)
        rows.append({
            "booking_ref": f"B-{n:04d}", "check_in": (date(2023, 6, 1) + timedelta(days=n)).strftime("%d/%m/%Y"),
            "room_type": rng.choice(["Standard", "Deluxe", "Suite"]), "country": rng.choice(["France", "Spain", "Italy", "Germany"]),
            "nights": nights, "price": f"${rng.randint(60, 400) * nights:,}", "channel": rng.choice(["Web", "Phone", "Agent"]),
            "cancelled": rng.choices(["Yes", "No"], [1, 4])[0], "rating": rng.choice([None, 3, 4, 5]),
        })  # fmt: skip
    return rows


def bank() -> Rows:
    """Loans: origin and destination free, a rare fraud flag, an integer year."""
    rng = random.Random(7)
    rows: Rows = []
    for n in range(600):
        score = rng.randint(300, 850)
        rows.append({
            "loan_id": 5000 + n, "year": rng.choice([2020, 2021, 2022, 2023]), "branch": rng.choice(["Leeds", "York", "Hull"]),
            "loan_amount": rng.randint(1, 60) * 500, "interest_rate": round(rng.uniform(2, 14), 2), "credit_score": score,
            "income": rng.randint(18, 120) * 1000, "purpose": rng.choice(["car", "home", "education"]),
            "defaulted": "Y" if rng.random() < (0.4 if score < 500 else 0.08) else "N",
        })  # fmt: skip
    return rows


def logistics() -> Rows:
    """Shipments between the same cities as origin and destination; quarters of two years."""
    rng = random.Random(8)
    cities = ["Berlin", "Hamburg", "Munich", "Cologne"]
    rows: Rows = []
    for n in range(730):
        origin = rng.choice(cities)
        rows.append({
            "shipment": f"SH{n:04d}", "ship_date": date(2023, 1, 1) + timedelta(days=n), "origin": origin,
            "destination": rng.choice([c for c in cities if c != origin]), "carrier": rng.choice(["DHL", "UPS", "GLS"]),
            "weight_kg": round(rng.uniform(1, 900), 1), "distance_km": rng.randint(200, 800),
            "shipping_cost": round(rng.uniform(20, 600) + n * 0.2, 2), "delay_hours": round(max(0.0, rng.gauss(3, 4)), 1),
            "late": rng.random() < 0.2,
        })  # fmt: skip
    return rows


def adverts() -> Rows:
    """Campaigns by day: clicks, conversions, spend and revenue."""
    rng = random.Random(9)
    rows: Rows = []
    for day in _days(date(2024, 1, 1), date(2024, 10, 20)):
        for channel in ("Search", "Social", "Email"):
            impressions = rng.randint(1000, 9000)
            clicks = int(impressions * rng.uniform(0.01, 0.06))
            conversions = int(clicks * rng.uniform(0.02, 0.2))
            rows.append({
                "date": day, "campaign": f"{channel} {rng.choice(['Spring', 'Brand'])}", "channel": channel,
                "impressions": impressions, "clicks": clicks, "conversions": conversions,
                "spend": round(clicks * rng.uniform(0.4, 1.5), 2), "revenue": round(conversions * rng.uniform(20, 60), 2),
            })  # fmt: skip
    return rows


DOMAINS: dict[str, Callable[[], Rows]] = {
    "shop": shop, "hospital": hospital, "staff": staff, "sensors": sensors, "school": school, "hotel": hotel, "bank": bank,
    "logistics": logistics, "adverts": adverts,
}  # fmt: skip
"""The tables by name."""


def write_csv(rows: Rows, path: Path) -> Path:
    """`rows` as a CSV file; missing values are empty."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path
