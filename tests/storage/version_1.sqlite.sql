-- The tables as version 1 made them, with a day's work in them.
CREATE TABLE budget (
    scope VARCHAR(64) NOT NULL,
    day INTEGER NOT NULL,
    spent_micros BIGINT NOT NULL CHECK (spent_micros >= 0),
    reserved_micros BIGINT NOT NULL CHECK (reserved_micros >= 0),
    PRIMARY KEY (scope, day)
);
CREATE TABLE calls (
    request_id VARCHAR(64) NOT NULL,
    route_id VARCHAR(64) NOT NULL,
    run_id VARCHAR(64),
    timestamp DOUBLE NOT NULL,
    day INTEGER NOT NULL,
    agent_name VARCHAR(64) NOT NULL,
    primary_model VARCHAR(128) NOT NULL,
    model_used VARCHAR(128) NOT NULL,
    fallback_used BOOLEAN NOT NULL,
    fallback_reason VARCHAR(32),
    input_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    cached_tokens BIGINT NOT NULL,
    cost_micros BIGINT NOT NULL,
    cost_source VARCHAR(32) NOT NULL,
    latency_s DOUBLE NOT NULL,
    success BOOLEAN NOT NULL,
    error_reason VARCHAR(32),
    rejected BOOLEAN NOT NULL,
    called BOOLEAN NOT NULL,
    failover_s DOUBLE NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (request_id)
);
CREATE INDEX calls_by_day ON calls (day);
CREATE INDEX calls_by_run ON calls (run_id);
CREATE TABLE reservations (
    id VARCHAR(64) NOT NULL,
    scope VARCHAR(64) NOT NULL,
    day INTEGER NOT NULL,
    amount_micros BIGINT NOT NULL CHECK (amount_micros >= 0),
    actual_micros BIGINT,
    agent VARCHAR(64) NOT NULL,
    model VARCHAR(128) NOT NULL,
    owner VARCHAR(255) NOT NULL,
    state VARCHAR(16) NOT NULL,
    created_at DOUBLE NOT NULL,
    expires_at DOUBLE NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX reservations_by_state ON reservations (state, expires_at);
CREATE TABLE runs (
    run_id VARCHAR(64) NOT NULL,
    question TEXT NOT NULL,
    dataset TEXT NOT NULL,
    started_at DOUBLE NOT NULL,
    day INTEGER NOT NULL,
    owner VARCHAR(255) NOT NULL,
    status VARCHAR(32) NOT NULL,
    latency_s DOUBLE,
    PRIMARY KEY (run_id)
);
CREATE INDEX runs_by_day ON runs (day);
CREATE TABLE schema_version (
    version INTEGER NOT NULL,
    PRIMARY KEY (version)
);
INSERT INTO schema_version VALUES (1);
INSERT INTO calls VALUES ('c1', 'c1', 'r1', 1795435200.0, 20261123, 'report_writer', 'claude-sonnet-5-5', 'claude-sonnet-5-5', 0, NULL, 1000, 100, 0, 3000, 'pinned', 2.0, 1, NULL, 0, 1, 0.0, '');
INSERT INTO runs VALUES ('r1', 'Which?', 'sales.csv', 1795435200.0, 20261123, 'host/1/1', 'done', 6.0);
INSERT INTO budget VALUES ('platform', 20261123, 7000, 500);
INSERT INTO reservations VALUES ('s1', 'platform', 20261123, 9000, 3000, 'report_writer', 'm', 'h/1/1', 'settled', 1795435200.0, 1795435300.0);
INSERT INTO reservations VALUES ('s2', 'platform', 20261123, 4000, 4000, 'report_writer', 'm', 'h/1/1', 'expired', 1795435200.0, 1795435300.0);
INSERT INTO reservations VALUES ('s3', 'platform', 20261123, 500, NULL, 'insight_generator', 'm', 'h/1/1', 'open', 1795435200.0, 1795435300.0);
INSERT INTO reservations VALUES ('s4', 'platform', 20261123, 800, 0, 'insight_generator', 'm', 'h/1/1', 'released', 1795435200.0, 1795435300.0);
