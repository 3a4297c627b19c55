"""What each version of the schema changed: the steps that bring an older store up to date.

The steps are SQL as it was when the version was made, never built from store/tables.py, which goes on changing. It is
written so that SQLite and PostgreSQL both take it.
"""

from __future__ import annotations

from collections.abc import Mapping

STEPS: Mapping[int, tuple[str, ...]] = {
    2: (
        "ALTER TABLE calls ADD COLUMN escalated BOOLEAN DEFAULT false NOT NULL",
        "ALTER TABLE calls ADD COLUMN hedged BOOLEAN DEFAULT false NOT NULL",
        "ALTER TABLE calls ADD COLUMN cache_write_tokens BIGINT DEFAULT 0 NOT NULL",
        "ALTER TABLE calls ADD COLUMN scenario VARCHAR(64)",
        "CREATE INDEX calls_by_time ON calls (timestamp)",
        "ALTER TABLE runs ADD COLUMN scenario VARCHAR(64)",
        """CREATE TABLE routes (
            route_id VARCHAR(64) NOT NULL PRIMARY KEY, run_id VARCHAR(64), agent_name VARCHAR(64) NOT NULL,
            timestamp DOUBLE PRECISION NOT NULL, tried TEXT NOT NULL)""",
        "CREATE INDEX routes_by_run ON routes (run_id)",
        """CREATE TABLE agent_budget (
            scope VARCHAR(64) NOT NULL, day INTEGER NOT NULL, agent VARCHAR(64) NOT NULL,
            spent_micros BIGINT NOT NULL CHECK (spent_micros >= 0),
            reserved_micros BIGINT NOT NULL CHECK (reserved_micros >= 0),
            PRIMARY KEY (scope, day, agent))""",
        """INSERT INTO agent_budget (scope, day, agent, spent_micros, reserved_micros)
            SELECT scope, day, agent, SUM(CASE WHEN state = 'open' THEN 0 ELSE actual_micros END),
                SUM(CASE WHEN state = 'open' THEN amount_micros ELSE 0 END)
            FROM reservations GROUP BY scope, day, agent""",
        """CREATE TABLE model_state (
            model VARCHAR(128) NOT NULL PRIMARY KEY, state TEXT NOT NULL, version BIGINT NOT NULL,
            updated_at DOUBLE PRECISION NOT NULL)""",
        """CREATE TABLE answers_kept (
            id VARCHAR(64) NOT NULL PRIMARY KEY, origin VARCHAR(64) NOT NULL, scope VARCHAR(64) NOT NULL,
            models VARCHAR(64) NOT NULL, dataset TEXT NOT NULL, words_key VARCHAR(64) NOT NULL,
            meaning_key VARCHAR(64) NOT NULL, plan_key VARCHAR(64) NOT NULL, demand_key VARCHAR(64) NOT NULL,
            folder TEXT NOT NULL, digest VARCHAR(64) NOT NULL, cost_micros BIGINT NOT NULL,
            latency_s DOUBLE PRECISION NOT NULL, created_at DOUBLE PRECISION NOT NULL,
            used_at DOUBLE PRECISION NOT NULL)""",
        "CREATE INDEX answers_kept_by_scope ON answers_kept (scope)",
        """CREATE TABLE answer_lookups (
            run_id VARCHAR(64) NOT NULL PRIMARY KEY, timestamp DOUBLE PRECISION NOT NULL, tier INTEGER NOT NULL,
            saved_micros BIGINT NOT NULL, saved_s DOUBLE PRECISION NOT NULL)""",
        "CREATE INDEX answer_lookups_by_time ON answer_lookups (timestamp)",
    ),
}
"""By the version that the statements lead to, from the one before it."""
