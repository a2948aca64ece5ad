-- Times are UTC. Structured values are JSON text.
CREATE TABLE purpose_meta (key VARCHAR PRIMARY KEY, value VARCHAR NOT NULL);

CREATE TABLE events (
    run_id VARCHAR NOT NULL,
    seq INTEGER NOT NULL,
    happened TIMESTAMP NOT NULL,
    kind VARCHAR NOT NULL,
    body VARCHAR NOT NULL,
    PRIMARY KEY (run_id, seq)
);

-- runs, steps and scores can be made again from events at any time.
CREATE TABLE runs (
    run_id VARCHAR PRIMARY KEY,
    notebook_id VARCHAR NOT NULL,
    cell_id VARCHAR NOT NULL,
    parent_run VARCHAR NOT NULL,
    team VARCHAR NOT NULL,
    task VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    phi DOUBLE,
    tier VARCHAR NOT NULL,
    passed INTEGER NOT NULL,
    total INTEGER NOT NULL,
    steps INTEGER NOT NULL,
    started_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP,
    seconds DOUBLE NOT NULL,
    tokens BIGINT NOT NULL,
    cost_usd DOUBLE NOT NULL,
    attempts BIGINT NOT NULL,
    lessons INTEGER NOT NULL,
    born INTEGER NOT NULL,
    mode VARCHAR NOT NULL,
    task_kind VARCHAR NOT NULL,
    suite VARCHAR NOT NULL,
    task_id VARCHAR NOT NULL,
    answer VARCHAR NOT NULL,
    what VARCHAR NOT NULL
);

CREATE TABLE steps (
    run_id VARCHAR NOT NULL,
    step INTEGER NOT NULL,
    agent VARCHAR NOT NULL,
    tool VARCHAR NOT NULL,
    action VARCHAR NOT NULL,
    observation VARCHAR NOT NULL,
    changed VARCHAR NOT NULL,
    removed VARCHAR NOT NULL,
    delta VARCHAR NOT NULL,
    phi DOUBLE,
    tier VARCHAR NOT NULL,
    prompt_sha256 VARCHAR NOT NULL,
    tokens BIGINT NOT NULL,
    cost_usd DOUBLE NOT NULL,
    attempts BIGINT NOT NULL,
    PRIMARY KEY (run_id, step)
);

CREATE TABLE scores (
    run_id VARCHAR NOT NULL,
    seq INTEGER NOT NULL,
    step INTEGER NOT NULL,
    phi DOUBLE,
    tier VARCHAR NOT NULL,
    confidence DOUBLE NOT NULL,
    shaped DOUBLE NOT NULL,
    passed INTEGER NOT NULL,
    total INTEGER NOT NULL,
    evidence VARCHAR NOT NULL,
    flags VARCHAR NOT NULL,
    judged_by VARCHAR NOT NULL,
    PRIMARY KEY (run_id, seq)
);

CREATE TABLE grades (
    run_id VARCHAR PRIMARY KEY,
    passed INTEGER NOT NULL,
    total INTEGER NOT NULL,
    detail VARCHAR NOT NULL,
    graded_at TIMESTAMP NOT NULL
);

CREATE TABLE notebooks (
    notebook_id VARCHAR PRIMARY KEY,
    title VARCHAR NOT NULL,
    team VARCHAR NOT NULL DEFAULT '{}',
    settings VARCHAR NOT NULL DEFAULT '{}',
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    deleted_at TIMESTAMP,
    position DOUBLE NOT NULL DEFAULT 0
);

CREATE TABLE cells (
    cell_id VARCHAR PRIMARY KEY,
    notebook_id VARCHAR NOT NULL,
    position DOUBLE NOT NULL,
    kind VARCHAR NOT NULL,
    source VARCHAR NOT NULL DEFAULT '',
    settings VARCHAR NOT NULL DEFAULT '{}',
    run_count INTEGER NOT NULL DEFAULT 0,
    last_run_id VARCHAR NOT NULL DEFAULT '',
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    deleted_at TIMESTAMP
);

CREATE TABLE cell_runs (
    cell_id VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (cell_id, run_id)
);
