-- Plates that somebody looks for. A list counts on the cameras of its unit and the units below it.
CREATE TABLE watchlists (
  id text PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{1,64}$'),
  unit_id text NOT NULL REFERENCES units (id),
  name text NOT NULL,
  created_by text NOT NULL,
  created_at_ms double precision NOT NULL,
  deleted_at_ms double precision
);

-- Entries are never changed: who removes one is kept beside who added it.
CREATE TABLE watchlist_entries (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  list_id text NOT NULL REFERENCES watchlists (id),
  plate text NOT NULL,
  reason text NOT NULL,
  valid_from_ms double precision,
  valid_until_ms double precision,
  added_by text NOT NULL,
  added_at_ms double precision NOT NULL,
  removed_by text,
  removed_at_ms double precision
);
CREATE INDEX watchlist_entries_list ON watchlist_entries (list_id) WHERE removed_at_ms IS NULL;

-- The plate of each vehicle whose plate was read, kept for a limited time.
CREATE TABLE plate_sightings (
  camera_id text NOT NULL,
  track_id text NOT NULL,
  unit_id text NOT NULL REFERENCES units (id),
  at_ms double precision NOT NULL,
  plate text NOT NULL,
  class text NOT NULL,
  details jsonb NOT NULL,
  -- Why another vehicle may carry the same plate; each names the other sighting.
  hints jsonb NOT NULL DEFAULT '[]',
  PRIMARY KEY (camera_id, track_id)
);
CREATE INDEX plate_sightings_plate ON plate_sightings (plate, at_ms);
CREATE INDEX plate_sightings_time ON plate_sightings (at_ms);
