-- Who set the requested role of a membership, when, and by which request. NULL: not
-- recorded. The attributes of a user have theirs in users.profile.
ALTER TABLE memberships ADD COLUMN provenance jsonb;
