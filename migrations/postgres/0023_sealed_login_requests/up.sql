-- A login request that is not answered yet is sealed in a cookie of its browser. Answered
-- ones are remembered in seen_assertions.
DROP TABLE pending_requests;
ALTER TABLE sessions DROP COLUMN browser_hash;
