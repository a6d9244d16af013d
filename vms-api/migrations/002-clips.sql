-- Clips of alerts: stream copies around one or more moments, written once.
CREATE TABLE alert_clips (
  alert_id uuid NOT NULL REFERENCES alerts (id),
  name text NOT NULL,
  file text NOT NULL,
  -- Capture time at media time 0 and of the last picture.
  from_ms double precision NOT NULL,
  to_ms double precision NOT NULL,
  duration_ms double precision NOT NULL,
  codec text NOT NULL,
  width_px integer NOT NULL,
  height_px integer NOT NULL,
  size_bytes bigint NOT NULL,
  gaps jsonb NOT NULL,
  sha256 text NOT NULL,
  stored_at_ms double precision NOT NULL,
  PRIMARY KEY (alert_id, name)
);
