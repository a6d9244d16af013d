-- What counting rules counted in each interval. A camera that was changed within an interval has a row for each revision.
CREATE TABLE interval_counts (
  camera_id text NOT NULL,
  rule_id text NOT NULL,
  -- The interval, capture time: inclusive to exclusive.
  from_ms double precision NOT NULL,
  to_ms double precision NOT NULL,
  config_revision integer NOT NULL,
  type text NOT NULL CHECK (type IN ('line-count', 'occupancy')),
  -- Of the camera when it was stored: what was counted stays with the unit that it was counted in.
  unit_id text NOT NULL REFERENCES units (id),
  simulated boolean NOT NULL,
  watched_ms double precision NOT NULL,
  crossings jsonb NOT NULL,
  inside jsonb NOT NULL,
  PRIMARY KEY (from_ms, camera_id, rule_id, config_revision)
);
CREATE INDEX interval_counts_camera ON interval_counts (camera_id, from_ms);

-- In which state a camera was, as ingest told it. Time in no span is unknown. Several API processes may write overlapping spans.
CREATE TABLE camera_state_spans (
  camera_id text NOT NULL,
  from_ms double precision NOT NULL,
  to_ms double precision NOT NULL,
  state text NOT NULL,
  unit_id text NOT NULL REFERENCES units (id),
  PRIMARY KEY (camera_id, from_ms, state)
);
CREATE INDEX camera_state_spans_end ON camera_state_spans (to_ms);

CREATE INDEX alert_history_time ON alert_history (to_state, at_ms);
