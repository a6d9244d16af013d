-- The archive of tracks (vms-api/src/tracks/). Partitions of one UTC day each are made ahead and dropped by the service.
-- Both extensions are trusted: the owner of the database may create them.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS fuzzystrmatch;

-- One row per track, what it is searched by; a later part of the same track replaces what an earlier one said.
CREATE TABLE tracks (
  camera_id text NOT NULL,
  track_id text NOT NULL,
  first_ms double precision NOT NULL,
  last_ms double precision NOT NULL,
  duration_ms double precision NOT NULL GENERATED ALWAYS AS (last_ms - first_ms) STORED,
  config_revision integer NOT NULL,
  class text NOT NULL,
  score real NOT NULL,
  zone_ids text[] NOT NULL,
  heading text,
  speed_kmh real,
  -- Upper case without separators; null until one is read.
  plate text,
  PRIMARY KEY (first_ms, camera_id, track_id)
) PARTITION BY RANGE (first_ms);
CREATE INDEX tracks_camera ON tracks (camera_id, first_ms);
CREATE INDEX tracks_class ON tracks (class, first_ms);
CREATE INDEX tracks_duration ON tracks (duration_ms);
CREATE INDEX tracks_speed ON tracks (speed_kmh) WHERE speed_kmh IS NOT NULL;
CREATE INDEX tracks_plate ON tracks (plate text_pattern_ops) WHERE plate IS NOT NULL;
CREATE INDEX tracks_plate_parts ON tracks USING gin (plate gin_trgm_ops) WHERE plate IS NOT NULL;

-- Every plate of the archive once, with the newest day on which it was seen, for searches that forgive errors: two plates
-- one error apart have a word of plate_shortened in common.
CREATE FUNCTION plate_shortened(plate text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT ARRAY(SELECT overlay(plate PLACING '' FROM place FOR 1) FROM generate_series(1, length(plate)) place) || plate
$$;
CREATE TABLE plates (plate text PRIMARY KEY, last_day integer NOT NULL);
CREATE INDEX plates_shortened ON plates USING gin (plate_shortened(plate));
CREATE FUNCTION note_plate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO plates (plate, last_day) VALUES (NEW.plate, floor(NEW.first_ms / 86400000))
  ON CONFLICT (plate) DO UPDATE SET last_day = excluded.last_day WHERE plates.last_day < excluded.last_day;
  RETURN NULL;
END $$;
CREATE TRIGGER tracks_note_plate AFTER INSERT OR UPDATE OF plate ON tracks
  FOR EACH ROW WHEN (NEW.plate IS NOT NULL) EXECUTE FUNCTION note_plate();

-- The paths, in parts of at most ten minutes: what a backtest reads.
CREATE TABLE track_paths (
  camera_id text NOT NULL,
  track_id text NOT NULL,
  -- Of this part.
  first_ms double precision NOT NULL,
  last_ms double precision NOT NULL,
  config_revision integer NOT NULL,
  class text NOT NULL,
  score real NOT NULL,
  clear_share real NOT NULL,
  aspect double precision NOT NULL,
  -- Twelve bytes a point (vms-api/src/tracks/path-bytes.ts).
  points bytea NOT NULL,
  PRIMARY KEY (camera_id, first_ms, track_id)
) PARTITION BY RANGE (first_ms);

CREATE TABLE signal_states (
  camera_id text NOT NULL,
  signal_id text NOT NULL,
  from_ms double precision NOT NULL,
  state text NOT NULL,
  PRIMARY KEY (camera_id, signal_id, from_ms)
) PARTITION BY RANGE (from_ms);

CREATE TABLE video_gaps (
  camera_id text NOT NULL,
  to_ms double precision NOT NULL,
  from_ms double precision NOT NULL,
  reason text NOT NULL,
  PRIMARY KEY (camera_id, to_ms, reason)
);

-- Since when the rules worked by a revision of a camera.
CREATE TABLE revisions_in_force (
  camera_id text NOT NULL,
  from_ms double precision NOT NULL,
  revision integer NOT NULL,
  PRIMARY KEY (camera_id, from_ms, revision)
);
