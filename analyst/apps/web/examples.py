"""An example of every JSON request and answer of the API, for its OpenAPI document. A test checks each against its
schema."""

from __future__ import annotations

from collections.abc import Mapping

TABLE_ID, RUN = "3f9a1c0b7d2e4f5a6b8c9d0e", "20261124-091500-3fa2c1"
_TABLE = {
    "id": TABLE_ID,
    "name": "sales.csv",
    "bytes": 48211,
    "sha256": "9f2c" * 16,
    "created_at": 1795512600.0,
}
_STATUS = {
    "id": RUN,
    "state": "waiting",
    "question": "What is the total revenue by region?",
    "table": "sales.csv",
    "created_at": 1795512900.0,
    "started_at": None,
    "ended_at": None,
    "before": 3,
    "expected_wait_s": 12.4,
    "failure": None,
}
_DONE = _STATUS | {
    "state": "done",
    "started_at": 1795512901.2,
    "ended_at": 1795512909.8,
    "before": None,
    "expected_wait_s": None,
}
_PROFILE = {
    "name": "sales.csv",
    "rows": 1200,
    "columns": [
        {
            "name": "region",
            "type": "VARCHAR",
            "kind": "category",
            "role": "dimension",
            "missing": 3,
            "distinct": 4,
            "personal": None,
        }
    ],
    "notes": ["Read with `;` as the separator."],
    "issues": ["3 values of region are missing."],
    "questions": ["What is the total revenue by region?"],
}
_RESULT = {
    "id": RUN,
    "question": "What is the total revenue by region?",
    "reading": "The sum of revenue for each region.",
    "dataset": {"name": "sales.csv", "rows": 1200, "columns": 7, "fingerprint": "9f2c", "notes": []},
    "title": "North leads with 40% of revenue",
    "answer": "North has the most revenue: 412,300.",
    "summary": "North leads, followed by South.",
    "report": "## Revenue by region …",
    "insights": [
        {
            "title": "North leads",
            "statement": "North has 412,300, 40% of the total.",
            "confidence": "high",
            "caveat": None,
            "chart": "c1",
            "in_answer": True,
        }
    ],
    "recommendations": ["Look at what North does differently."],
    "caveats": ["3 rows have no region and are left out."],
    "fields": {},
    "plan": {"steps": [{"id": "s1", "sql": "SELECT region, sum(revenue) AS revenue FROM data GROUP BY region"}]},
    "evidence": [],
    "charts": [
        {"id": "c1", "title": "Revenue by region", "table": "s1", "kind": "bar", "columns": [], "files": ["c1.svg"]}
    ],
    "grounding": {"numbers": 4, "from_evidence": 4, "from_question": 0},
    "calls": [],
    "cost_usd": "0.001105",
    "latency_s": 8.6,
    "degraded": [],
    "selection": {
        "measures": [{"aggregate": "sum", "column": "revenue"}],
        "groups": [{"column": "region"}],
        "order": "highest",
    },
    "files": {"report.html": f"/api/v1/analyses/{RUN}/report.html"},
}
_BUDGET = {
    "day": 20261124,
    "budget_usd": "20",
    "spent_usd": "1.204311",
    "reserved_usd": "0.012000",
    "remaining_usd": "18.783689",
    "yours": {"spent_usd": "0.310422", "limit_usd": "2.50"},
}
_QUEUE = {
    "waiting": 4,
    "running": 2,
    "slots": 2,
    "typical_s": 8.2,
    "expected_wait_s": 16.4,
    "your_waiting": 1,
    "your_running": 1,
    "your_waiting_limit": 20,
    "your_running_limit": 2,
    "your_daily_limit_usd": "2.50",
}
_MODEL = {
    "model": "claude-haiku-5-5",
    "account": "anthropic",
    "input_usd_per_million": "0.10",
    "output_usd_per_million": "0.50",
    "offered": True,
    "breaker": "open",
    "why": "timeout",
    "retry_in_s": 12.5,
    "chains": [{"agent": "insight_generator", "place": 1, "reason": "Finds what matters at a low price."}],
}
_SUMMARY = {
    "id": RUN,
    "table": "sales.csv",
    "question": "What is the total revenue by region?",
    "turns": 2,
    "last_asked_at": 1795513020.0,
    "name": "Revenue by region",
    "runs": [RUN, "20261124-091700-b01c7e"],
}
_THREAD = {
    "id": RUN,
    "table": "sales.csv",
    "name": "Revenue by region",
    "turns": [
        {
            "run": RUN,
            "question": "What is the total revenue by region?",
            "follows": None,
            "asked_at": 1795512900.0,
            "reading": "The sum of revenue for each region.",
            "carried": [],
            "answer": "North has the most revenue: 412,300.",
            "unanswered": None,
        },
        {
            "run": "20261124-091700-b01c7e",
            "question": "and in 2024?",
            "follows": RUN,
            "asked_at": 1795513020.0,
            "reading": "The sum of revenue for each region in 2024.",
            "carried": ["total revenue", "by region"],
            "answer": "In 2024, South has the most revenue: 98,400.",
            "unanswered": None,
        },
    ],
}

_FEEDBACK = {
    "run_id": RUN,
    "asker": "ann",
    "verdict": "wrong",
    "because": "Returns are counted as sales.",
    "created_at": 1795513100.0,
}

REQUESTS: Mapping[str, object] = {
    "POST /api/v1/analyses": {"table": TABLE_ID, "question": "What is the total revenue by region?"},
    "PATCH /api/v1/threads/{id}": {"name": "Revenue by region"},
    "PUT /api/v1/analyses/{id}/feedback": {"verdict": "wrong", "because": "Returns are counted as sales."},
}
"""By operation."""
ANSWERS: Mapping[str, object] = {
    "GET /health": {"status": "alive"},
    "GET /ready": {"status": "ready"},
    "GET /api/v1/queue": _QUEUE,
    "GET /api/v1/budget": _BUDGET,
    "GET /api/v1/models": [_MODEL],
    "PUT /api/v1/tables/{name}": _TABLE,
    "GET /api/v1/tables": [_TABLE],
    "GET /api/v1/tables/{id}": _TABLE,
    "GET /api/v1/tables/{id}/profile": _PROFILE,
    "POST /api/v1/analyses": _STATUS,
    "GET /api/v1/analyses": [_DONE],
    "GET /api/v1/analyses/{id}": _STATUS,
    "GET /api/v1/analyses/{id}/result": _RESULT,
    "PUT /api/v1/analyses/{id}/feedback": _FEEDBACK,
    "GET /api/v1/analyses/{id}/feedback": _FEEDBACK,
    "GET /api/v1/threads": [_SUMMARY],
    "GET /api/v1/threads/{id}": _THREAD,
    "PATCH /api/v1/threads/{id}": _THREAD,
}
"""By operation."""
PROBLEM = {
    "type": "urn:analyst:problem:busy",
    "title": "Too Many Requests",
    "status": 429,
    "detail": "20 of your analyses are waiting, which is the limit.",
    "fix": "Try again in 82 s.",
}
