-- Imports of big files, which go on beside other requests. See 0001 for what
-- the types mean.
CREATE TABLE import_jobs (
    id             uuid        NOT NULL CONSTRAINT import_jobs_pkey PRIMARY KEY,
    account_id     uuid        NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- Who imports, as in audit_events.
    actor          text        NOT NULL COLLATE "C",
    actor_id       uuid       ,
    request_id     text        COLLATE "C",
    options        jsonb       NOT NULL,
    state          text        NOT NULL COLLATE "C"
                   CHECK (state IN ('RECEIVING', 'PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED')),
    -- How many rows the file has, and of how many it is known what becomes.
    row_count      bigint      NOT NULL DEFAULT 0,
    processed      bigint      NOT NULL DEFAULT 0,
    -- What became of the rows so far.
    counts         jsonb       NOT NULL,
    failure_code   text        COLLATE "C",
    failure_detail text        COLLATE "C",
    created_at     timestamptz NOT NULL,
    started_at     timestamptz,
    finished_at    timestamptz,
    -- The process that runs it, and until when it says so.
    lease_holder   uuid       ,
    lease_until    timestamptz,
    -- When it is deleted.
    expires_at     timestamptz NOT NULL
);
CREATE INDEX import_jobs_by_state ON import_jobs (state, id);
CREATE INDEX import_jobs_of_account ON import_jobs (account_id, state);
CREATE INDEX import_jobs_by_expiry ON import_jobs (expires_at);

-- The file, sealed, until the import has ended.
CREATE TABLE import_parts (
    job_id         uuid        NOT NULL REFERENCES import_jobs (id) ON DELETE CASCADE,
    number         bigint      NOT NULL,
    sealed         bytea       NOT NULL,
    CONSTRAINT import_parts_pkey PRIMARY KEY (job_id, number)
);

-- What became of rows, sealed: some at a time.
CREATE TABLE import_results (
    job_id         uuid        NOT NULL REFERENCES import_jobs (id) ON DELETE CASCADE,
    number         bigint      NOT NULL,
    sealed         bytea       NOT NULL,
    CONSTRAINT import_results_pkey PRIMARY KEY (job_id, number)
);
