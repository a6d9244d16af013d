-- The whole life of an alert: when each step was first taken, in whose hands it is, whom it was sent to, and what happens when nobody looks.
ALTER TABLE alerts
  ADD COLUMN acknowledged_at_ms double precision,
  ADD COLUMN confirmed_at_ms double precision,
  ADD COLUMN confirmed_by text,
  ADD COLUMN dispatched_at_ms double precision,
  ADD COLUMN resolved_at_ms double precision,
  ADD COLUMN assignee text,
  -- Since when it has waited for somebody to look, server clock. Null: it is older than escalation, and is left alone.
  ADD COLUMN new_since_ms double precision,
  ADD COLUMN escalation_level integer NOT NULL DEFAULT 0,
  ADD COLUMN escalated_at_ms double precision;
UPDATE alerts a SET
  acknowledged_at_ms = (SELECT min(at_ms) FROM alert_history h WHERE h.alert_id = a.id AND h.actor <> 'system' AND h.from_state <> h.to_state),
  confirmed_at_ms = (SELECT min(at_ms) FROM alert_history h WHERE h.alert_id = a.id AND h.to_state = 'confirmed'),
  confirmed_by = (SELECT actor FROM alert_history h WHERE h.alert_id = a.id AND h.to_state = 'confirmed' ORDER BY id LIMIT 1);
CREATE INDEX alerts_waiting ON alerts (unit_id, severity, escalation_level, new_since_ms) WHERE state = 'new' AND merged_into IS NULL;
CREATE INDEX alerts_escalated ON alerts (raised_at_ms DESC) WHERE state = 'new' AND escalation_level > 0;
CREATE INDEX alerts_assignee ON alerts (assignee) WHERE assignee IS NOT NULL;

-- To whom it was given, or where it was sent, by name.
ALTER TABLE alert_history ADD COLUMN object text;

ALTER TABLE destinations
  ADD COLUMN centre text NOT NULL DEFAULT 'emergency' CHECK (centre IN ('emergency', 'police', 'fire', 'medical', 'operations', 'other')),
  -- False: it gets an alert only when somebody sends it there.
  ADD COLUMN automatic boolean NOT NULL DEFAULT true;

-- Where an operator has sent an alert. What became of the message stands in `deliveries`.
CREATE TABLE alert_dispatches (
  alert_id uuid NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
  destination_id text NOT NULL REFERENCES destinations (id),
  dispatched_by text NOT NULL,
  at_ms double precision NOT NULL,
  PRIMARY KEY (alert_id, destination_id)
);

-- What holds in a unit and below it until a unit further down says otherwise.
CREATE TABLE escalation_settings (
  unit_id text PRIMARY KEY REFERENCES units (id),
  -- Severity → seconds after which the first and the second level are reached; an empty list: never.
  after_seconds jsonb NOT NULL,
  destination_id text REFERENCES destinations (id),
  changed_by text NOT NULL,
  changed_at_ms double precision NOT NULL
);
