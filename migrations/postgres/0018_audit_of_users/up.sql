-- The user whom an entry concerns: the changed user, or that of the identity or the
-- team membership.
ALTER TABLE audit_events ADD COLUMN user_id uuid;
UPDATE audit_events SET user_id = target WHERE action LIKE 'user.%' OR action LIKE 'deleted\_user.%';
UPDATE audit_events SET user_id = (
        SELECT coalesce(change ->> 'to', change ->> 'from')::uuid
        FROM jsonb_array_elements(changes) AS change WHERE change ->> 'field' = 'user' LIMIT 1)
    WHERE action LIKE 'identity.%' OR action LIKE 'team.member.%';
CREATE INDEX audit_events_of_user ON audit_events (account_id, user_id, at, id);
