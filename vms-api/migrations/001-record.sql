-- Times are epoch milliseconds (double precision: capture times may have fractions), as on the wire.

CREATE TABLE units (
  id text PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{1,64}$'),
  parent_id text REFERENCES units (id),
  name_vi text NOT NULL,
  name_en text NOT NULL,
  valid_from_ms double precision NOT NULL,
  valid_until_ms double precision,
  successor_id text REFERENCES units (id),
  CHECK (parent_id <> id),
  CHECK (successor_id <> id)
);
CREATE INDEX units_parent ON units (parent_id);

-- The unit that stands for this one at a time (a closed unit is followed to its successor) and every unit below it.
CREATE FUNCTION unit_scope(start_id text, at_ms double precision) RETURNS SETOF text LANGUAGE sql STABLE AS $$
  WITH RECURSIVE heirs (id, depth) AS (
    SELECT start_id, 0
    UNION
    SELECT u.successor_id, h.depth + 1
    FROM heirs h JOIN units u ON u.id = h.id
    WHERE u.valid_until_ms <= at_ms AND u.successor_id IS NOT NULL AND h.depth < 32
  ), tree (id) AS (
    SELECT id FROM heirs
    UNION
    SELECT u.id FROM units u JOIN tree t ON u.parent_id = t.id
  )
  SELECT id FROM tree
$$;

CREATE TABLE users (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  username text NOT NULL CHECK (username = lower(username) AND username ~ '^[a-z0-9._-]{2,64}$') UNIQUE,
  display_name text NOT NULL,
  role text NOT NULL CHECK (role IN ('administrator', 'operator', 'eoc', 'auditor')),
  unit_id text NOT NULL REFERENCES units (id),
  password_hash text NOT NULL,
  created_at_ms double precision NOT NULL,
  disabled_at_ms double precision
);

CREATE TABLE sessions (
  token_hash bytea PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at_ms double precision NOT NULL,
  last_seen_ms double precision NOT NULL,
  expires_at_ms double precision NOT NULL
);
CREATE INDEX sessions_expiry ON sessions (expires_at_ms);

CREATE TABLE login_throttle (
  key text PRIMARY KEY,
  failures integer NOT NULL,
  last_failure_ms double precision NOT NULL,
  blocked_until_ms double precision NOT NULL
);

CREATE TABLE settings (key text PRIMARY KEY, value jsonb NOT NULL);

CREATE TABLE audit (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at_ms double precision NOT NULL,
  actor text NOT NULL,
  action text NOT NULL,
  subject text NOT NULL,
  detail jsonb NOT NULL DEFAULT '{}',
  address text
);
CREATE INDEX audit_time ON audit (at_ms);

CREATE TABLE cameras (
  id text PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{1,64}$'),
  unit_id text NOT NULL REFERENCES units (id),
  revision integer NOT NULL,
  config jsonb NOT NULL,
  sealed_credentials text,
  deleted_at_ms double precision,
  -- Revision last written to the NATS bucket; a lower one than `revision` is owed.
  published_revision integer NOT NULL DEFAULT 0
);
CREATE INDEX cameras_unit ON cameras (unit_id) WHERE deleted_at_ms IS NULL;
CREATE INDEX cameras_owed ON cameras (id) WHERE published_revision <> revision;

CREATE TABLE camera_versions (
  camera_id text NOT NULL REFERENCES cameras (id),
  revision integer NOT NULL,
  config jsonb NOT NULL,
  deleted boolean NOT NULL,
  changed_by text NOT NULL,
  changed_at_ms double precision NOT NULL,
  PRIMARY KEY (camera_id, revision)
);

-- Hands out event ids. A transaction that changes alerts takes this row's lock last and keeps it until it commits, so
-- ids become visible in their own order and a client that has seen N never misses a smaller one.
CREATE TABLE alert_clock (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  last_event_id bigint NOT NULL
);
INSERT INTO alert_clock (last_event_id) VALUES (0);

CREATE TABLE alerts (
  id uuid PRIMARY KEY,
  event_id bigint NOT NULL DEFAULT 0,
  revision integer NOT NULL,
  state text NOT NULL CHECK (state IN ('new', 'acknowledged', 'confirmed', 'dispatched', 'resolved', 'false-alarm')),
  kind text NOT NULL,
  type text NOT NULL,
  severity text NOT NULL,
  camera_id text NOT NULL,
  camera_name text NOT NULL,
  place text,
  unit_id text NOT NULL REFERENCES units (id),
  start_ms double precision NOT NULL,
  updated_ms double precision NOT NULL,
  end_ms double precision,
  raised_at_ms double precision NOT NULL,
  simulated boolean NOT NULL,
  acknowledged_by text,
  message jsonb NOT NULL,
  received_at_ms double precision NOT NULL
);
CREATE INDEX alerts_event ON alerts (event_id);
CREATE INDEX alerts_recent ON alerts (raised_at_ms DESC);
CREATE INDEX alerts_camera ON alerts (camera_id, raised_at_ms DESC);
CREATE INDEX alerts_open ON alerts (camera_id) WHERE state IN ('new', 'acknowledged', 'confirmed', 'dispatched');

CREATE TABLE alert_history (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  alert_id uuid NOT NULL REFERENCES alerts (id),
  at_ms double precision NOT NULL,
  actor text NOT NULL,
  action text NOT NULL,
  from_state text,
  to_state text NOT NULL,
  comment text
);
CREATE INDEX alert_history_alert ON alert_history (alert_id, id);

CREATE TABLE evidence_jobs (
  alert_id uuid PRIMARY KEY REFERENCES alerts (id),
  reservation_id text NOT NULL,
  camera_id text NOT NULL,
  state text NOT NULL CHECK (state IN ('pending', 'complete', 'given-up')),
  -- Names of the moments that the alert's findings speak of.
  wanted_moments text[] NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_ms double precision NOT NULL,
  give_up_at_ms double precision NOT NULL,
  last_error text
);
CREATE INDEX evidence_jobs_due ON evidence_jobs (next_attempt_ms) WHERE state = 'pending';

CREATE TABLE alert_evidence (
  alert_id uuid NOT NULL REFERENCES alerts (id),
  moment text NOT NULL,
  file text NOT NULL,
  captured_at_ms double precision NOT NULL,
  width_px integer NOT NULL,
  height_px integer NOT NULL,
  size_bytes integer NOT NULL,
  sha256 text NOT NULL,
  sha1 text NOT NULL,
  stored_at_ms double precision NOT NULL,
  PRIMARY KEY (alert_id, moment)
);

CREATE TABLE alert_evidence_failures (
  alert_id uuid NOT NULL REFERENCES alerts (id),
  moment text NOT NULL,
  reason text NOT NULL,
  at_ms double precision NOT NULL,
  PRIMARY KEY (alert_id, moment)
);

CREATE TABLE destinations (
  id text PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{1,64}$'),
  name text NOT NULL,
  format text NOT NULL CHECK (format IN ('cap')),
  url text NOT NULL,
  mode text NOT NULL CHECK (mode IN ('exercise', 'actual')),
  alert_kinds text[] NOT NULL,
  unit_id text NOT NULL REFERENCES units (id),
  expires_after_ms double precision NOT NULL,
  enabled boolean NOT NULL DEFAULT true
);

-- What must be told to the outside about an alert, written in the transaction that changed it.
CREATE TABLE outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  alert_id uuid NOT NULL REFERENCES alerts (id),
  sequence integer NOT NULL,
  message_type text NOT NULL CHECK (message_type IN ('Alert', 'Update', 'Cancel')),
  cause text NOT NULL,
  snapshot jsonb NOT NULL,
  created_at_ms double precision NOT NULL,
  UNIQUE (alert_id, sequence)
);

CREATE TABLE deliveries (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  outbox_id bigint NOT NULL REFERENCES outbox (id),
  destination_id text NOT NULL REFERENCES destinations (id),
  alert_id uuid NOT NULL REFERENCES alerts (id),
  sequence integer NOT NULL,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'failed')),
  attempts integer NOT NULL DEFAULT 0,
  -- Not before: the next try, or for a first try the time until which pictures are waited for.
  next_attempt_ms double precision NOT NULL,
  -- Rendered once at the first try and re-sent byte for byte.
  body text,
  identifier text,
  sender text,
  sent text,
  pictures integer NOT NULL DEFAULT 0,
  expires_at_ms double precision,
  receipt text,
  last_error text,
  delivered_at_ms double precision,
  UNIQUE (destination_id, alert_id, sequence)
);
CREATE INDEX deliveries_due ON deliveries (next_attempt_ms) WHERE state = 'waiting';
CREATE INDEX deliveries_head ON deliveries (destination_id, alert_id, sequence) WHERE state = 'waiting';
CREATE INDEX deliveries_alert ON deliveries (alert_id, sequence);
