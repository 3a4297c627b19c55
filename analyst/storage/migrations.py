"""How the store's tables are made: what each version of the schema changed, from nothing up to now.

A new store takes every step and an older one those it lacks, so both have one shape. A step is never edited once it is
released. It is SQL that SQLite and PostgreSQL both take.
"""

from __future__ import annotations

from collections.abc import Mapping

STEPS: Mapping[int, tuple[str, ...]] = {
    1: (
        """CREATE TABLE calls (
            request_id VARCHAR(64) NOT NULL PRIMARY KEY, route_id VARCHAR(64) NOT NULL, run_id VARCHAR(64),
            timestamp DOUBLE PRECISION NOT NULL, day INTEGER NOT NULL, agent_name VARCHAR(64) NOT NULL,
            primary_model VARCHAR(128) NOT NULL, model_used VARCHAR(128) NOT NULL, fallback_used BOOLEAN NOT NULL,
            fallback_reason VARCHAR(32), input_tokens BIGINT NOT NULL, output_tokens BIGINT NOT NULL,
            cached_tokens BIGINT NOT NULL, cost_micros BIGINT NOT NULL, cost_source VARCHAR(32) NOT NULL,
            latency_s DOUBLE PRECISION NOT NULL, success BOOLEAN NOT NULL, error_reason VARCHAR(32),
            rejected BOOLEAN NOT NULL, called BOOLEAN NOT NULL, failover_s DOUBLE PRECISION NOT NULL,
            detail TEXT NOT NULL)""",
        "CREATE INDEX calls_by_day ON calls (day)",
        "CREATE INDEX calls_by_run ON calls (run_id)",
        """CREATE TABLE runs (
            run_id VARCHAR(64) NOT NULL PRIMARY KEY, question TEXT NOT NULL, dataset TEXT NOT NULL,
            started_at DOUBLE PRECISION NOT NULL, day INTEGER NOT NULL, owner VARCHAR(255) NOT NULL,
            status VARCHAR(32) NOT NULL, latency_s DOUBLE PRECISION)""",
        "CREATE INDEX runs_by_day ON runs (day)",
        """CREATE TABLE budget (
            scope VARCHAR(64) NOT NULL, day INTEGER NOT NULL,
            spent_micros BIGINT NOT NULL CHECK (spent_micros >= 0),
            reserved_micros BIGINT NOT NULL CHECK (reserved_micros >= 0),
            PRIMARY KEY (scope, day))""",
        """CREATE TABLE reservations (
            id VARCHAR(64) NOT NULL PRIMARY KEY, scope VARCHAR(64) NOT NULL, day INTEGER NOT NULL,
            amount_micros BIGINT NOT NULL CHECK (amount_micros >= 0), actual_micros BIGINT,
            agent VARCHAR(64) NOT NULL, model VARCHAR(128) NOT NULL, owner VARCHAR(255) NOT NULL,
            state VARCHAR(16) NOT NULL, created_at DOUBLE PRECISION NOT NULL, expires_at DOUBLE PRECISION NOT NULL)""",
        "CREATE INDEX reservations_by_state ON reservations (state, expires_at)",
    ),
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
    3: (
        """CREATE TABLE consensus (
            run_id VARCHAR(64) NOT NULL PRIMARY KEY, timestamp DOUBLE PRECISION NOT NULL, outcome VARCHAR(32) NOT NULL,
            asked INTEGER NOT NULL, planned INTEGER NOT NULL, judged BOOLEAN NOT NULL, extra_micros BIGINT NOT NULL,
            extra_s DOUBLE PRECISION NOT NULL, scenario VARCHAR(64))""",
        "CREATE INDEX consensus_by_time ON consensus (timestamp)",
    ),
    4: (
        "ALTER TABLE calls ADD COLUMN claimed_micros BIGINT",
        "ALTER TABLE calls ADD COLUMN first_token_s DOUBLE PRECISION",
        "CREATE INDEX reservations_by_model ON reservations (model, created_at)",
    ),
    5: (
        """CREATE TABLE jobs (
            id VARCHAR(64) NOT NULL PRIMARY KEY, asker VARCHAR(64) NOT NULL, priority INTEGER NOT NULL,
            state VARCHAR(16) NOT NULL, request TEXT NOT NULL, idempotency_key VARCHAR(128), owner VARCHAR(255),
            attempt INTEGER NOT NULL, deaths INTEGER NOT NULL, lease_until DOUBLE PRECISION,
            cancelled BOOLEAN NOT NULL, failure TEXT, created_at DOUBLE PRECISION NOT NULL,
            started_at DOUBLE PRECISION, ended_at DOUBLE PRECISION, UNIQUE (asker, idempotency_key))""",
        "CREATE INDEX jobs_by_state ON jobs (state, priority, created_at)",
        "CREATE INDEX jobs_by_asker ON jobs (asker, created_at)",
        """CREATE TABLE job_events (
            run_id VARCHAR(64) NOT NULL, seq INTEGER NOT NULL, timestamp DOUBLE PRECISION NOT NULL,
            event TEXT NOT NULL, PRIMARY KEY (run_id, seq))""",
        """CREATE TABLE job_replies (
            run_id VARCHAR(64) NOT NULL, agent VARCHAR(64) NOT NULL, asked VARCHAR(64) NOT NULL,
            turn INTEGER NOT NULL, record TEXT NOT NULL, PRIMARY KEY (run_id, agent, asked, turn))""",
        """CREATE TABLE access_keys (
            digest VARCHAR(64) NOT NULL PRIMARY KEY, asker VARCHAR(64) NOT NULL,
            created_at DOUBLE PRECISION NOT NULL)""",
        """CREATE TABLE uploads (
            id VARCHAR(64) NOT NULL PRIMARY KEY, asker VARCHAR(64) NOT NULL, name TEXT NOT NULL,
            sha256 VARCHAR(64) NOT NULL, bytes BIGINT NOT NULL, path TEXT NOT NULL,
            created_at DOUBLE PRECISION NOT NULL)""",
        "CREATE INDEX uploads_by_asker ON uploads (asker, created_at)",
    ),
    6: (
        "ALTER TABLE reservations ADD COLUMN asker VARCHAR(64)",
        "CREATE INDEX reservations_by_asker ON reservations (asker, day)",
        "ALTER TABLE jobs ADD COLUMN program VARCHAR(64) DEFAULT '' NOT NULL",
        "CREATE INDEX jobs_by_start ON jobs (asker, started_at)",
        "CREATE INDEX jobs_by_end ON jobs (ended_at)",
        """CREATE TABLE asker_limits (
            asker VARCHAR(64) NOT NULL PRIMARY KEY, running INTEGER, waiting INTEGER, daily_micros BIGINT)""",
        """CREATE TABLE workers (
            owner VARCHAR(255) NOT NULL PRIMARY KEY, program VARCHAR(64) NOT NULL, slots INTEGER NOT NULL,
            seen_at DOUBLE PRECISION NOT NULL)""",
    ),
    7: (
        """CREATE TABLE turns (
            run_id VARCHAR(64) NOT NULL PRIMARY KEY, asker VARCHAR(64) NOT NULL, parent VARCHAR(64),
            thread VARCHAR(64) NOT NULL, question TEXT NOT NULL, table_path TEXT NOT NULL, sheet TEXT, folder TEXT,
            created_at DOUBLE PRECISION NOT NULL)""",
        "CREATE INDEX turns_by_asker ON turns (asker, created_at)",
        "CREATE INDEX turns_by_thread ON turns (thread, created_at)",
    ),
    8: (
        """CREATE TABLE feedback (
            run_id VARCHAR(64) NOT NULL PRIMARY KEY, asker VARCHAR(64) NOT NULL, verdict VARCHAR(16) NOT NULL,
            because TEXT NOT NULL, created_at DOUBLE PRECISION NOT NULL)""",
        "CREATE INDEX feedback_by_time ON feedback (created_at)",
        "CREATE TABLE thread_names (thread VARCHAR(64) NOT NULL PRIMARY KEY, name TEXT NOT NULL)",
    ),
    9: (
        """CREATE TABLE alerts (
            kind VARCHAR(32) NOT NULL, subject VARCHAR(128) NOT NULL, day INTEGER NOT NULL,
            receiver VARCHAR(32) NOT NULL, text TEXT NOT NULL, raised_at DOUBLE PRECISION NOT NULL,
            next_try_at DOUBLE PRECISION NOT NULL, tries INTEGER NOT NULL, sent_at DOUBLE PRECISION, problem TEXT,
            PRIMARY KEY (kind, subject, day, receiver))""",
        "CREATE INDEX alerts_by_time ON alerts (raised_at)",
    ),
    10: ("ALTER TABLE turns ADD COLUMN others TEXT",),
    11: (
        "ALTER TABLE access_keys ADD COLUMN role VARCHAR(16) DEFAULT 'analyst' NOT NULL",
        """CREATE TABLE job_drafts (
            run_id VARCHAR(64) NOT NULL PRIMARY KEY, text TEXT NOT NULL)""",
    ),
    12: ("ALTER TABLE turns ADD COLUMN joined_on TEXT",),
}
"""By the version that the statements lead to, from the one before it."""
SCHEMA_VERSION = max(STEPS)
"""What this release works on; a store with a higher number is refused."""
