-- The list of an account's imports, the newest first.
CREATE INDEX import_jobs_by_time ON import_jobs (account_id, created_at, id);
