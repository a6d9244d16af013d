-- The alert of another camera that this one is told with; it has no row to itself on any desk while it is.
ALTER TABLE alerts ADD COLUMN merged_into uuid;
CREATE INDEX alerts_merged ON alerts (merged_into) WHERE merged_into IS NOT NULL;

-- What operators have taken out of an incident; rules hear it from here again after a reconnect.
CREATE TABLE alert_splits (
  alert_id uuid PRIMARY KEY REFERENCES alerts (id),
  split_from uuid NOT NULL,
  role text NOT NULL,
  at_ms double precision NOT NULL
);
