-- Subjects used to be stored in lower case whenever they had the shape of an
-- address. They are compared exactly now, so that two opaque subjects which
-- differ in case are two people. An identity from before matches without
-- regard to case until its next login, which stores the subject as it is.
ALTER TABLE identities ADD COLUMN ignores_case boolean NOT NULL DEFAULT false;
UPDATE identities SET ignores_case = true WHERE subject LIKE '%@%';
ALTER TABLE deleted_identities ADD COLUMN ignores_case boolean NOT NULL DEFAULT false;
UPDATE deleted_identities SET ignores_case = true WHERE subject LIKE '%@%';
