-- Imports of big files, which go on beside other requests. See 0001 for what
-- the types mean.
CREATE TABLE import_jobs (
    id             TEXT    NOT NULL CONSTRAINT import_jobs_pkey PRIMARY KEY,
    account_id     TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- Who imports, as in audit_events.
    actor          TEXT    NOT NULL,
    actor_id       TEXT,
    request_id     TEXT,
    options        TEXT    NOT NULL CHECK (json_valid(options)),
    state          TEXT    NOT NULL
                   CHECK (state IN ('RECEIVING', 'PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED')),
    -- How many rows the file has, and of how many it is known what becomes.
    row_count      INTEGER NOT NULL DEFAULT 0,
    processed      INTEGER NOT NULL DEFAULT 0,
    -- What became of the rows so far.
    counts         TEXT    NOT NULL CHECK (json_valid(counts)),
    failure_code   TEXT,
    failure_detail TEXT,
    created_at     INTEGER NOT NULL,
    started_at     INTEGER,
    finished_at    INTEGER,
    -- The process that runs it, and until when it says so.
    lease_holder   TEXT,
    lease_until    INTEGER,
    -- When it is deleted.
    expires_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX import_jobs_by_state ON import_jobs (state, id);
CREATE INDEX import_jobs_of_account ON import_jobs (account_id, state);
CREATE INDEX import_jobs_by_expiry ON import_jobs (expires_at);

-- The file, sealed, until the import has ended.
CREATE TABLE import_parts (
    job_id TEXT    NOT NULL REFERENCES import_jobs (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    sealed BLOB    NOT NULL,
    CONSTRAINT import_parts_pkey PRIMARY KEY (job_id, number)
) STRICT;

-- What became of rows, sealed: some at a time.
CREATE TABLE import_results (
    job_id TEXT    NOT NULL REFERENCES import_jobs (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    sealed BLOB    NOT NULL,
    CONSTRAINT import_results_pkey PRIMARY KEY (job_id, number)
) STRICT;
