-- A membership stores the team role that was requested. The role in effect is the
-- higher one of it and the user's account role: it is computed wherever it is
-- read. Roles that are stored already count as requested, also where an account
-- role once raised them: nothing in a row tells the two apart, and nobody loses a
-- role by an upgrade.
ALTER TABLE memberships RENAME COLUMN role TO requested_role;
