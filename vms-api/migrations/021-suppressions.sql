-- "Suppress here": one rule, one class and one part of a camera's picture raise no alert for a while.
CREATE TABLE suppressions (
  id uuid PRIMARY KEY,
  alert_id uuid NOT NULL REFERENCES alerts (id),
  camera_id text NOT NULL,
  camera_name text NOT NULL,
  unit_id text NOT NULL REFERENCES units (id),
  kind text NOT NULL,
  type text NOT NULL,
  rule_id text NOT NULL,
  rule_name text NOT NULL,
  class text,
  polygon jsonb NOT NULL,
  from_ms double precision NOT NULL,
  -- Its end as it was set; when it was lifted sooner, that counts.
  until_ms double precision NOT NULL,
  created_by text NOT NULL,
  lifted_by text,
  lifted_at_ms double precision,
  hidden integer NOT NULL DEFAULT 0,
  last_hidden_ms double precision,
  hidden_findings jsonb NOT NULL DEFAULT '[]'
);
CREATE INDEX suppressions_end ON suppressions (until_ms);

ALTER TABLE users DROP CONSTRAINT users_role_check;
ALTER TABLE users ADD CONSTRAINT users_role_check CHECK (role IN ('administrator', 'shift-lead', 'operator', 'eoc', 'auditor', 'gateway'));
