-- A junction controller's gateway signs in by itself and may tell signal states, nothing else.
ALTER TABLE users DROP CONSTRAINT users_role_check;
ALTER TABLE users ADD CONSTRAINT users_role_check CHECK (role IN ('administrator', 'operator', 'eoc', 'auditor', 'gateway'));
