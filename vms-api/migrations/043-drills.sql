-- While a drill lasts, incidents opened by hand in its unit and below may be part of it: told as exercises, marked, left out of statistics.
CREATE TABLE drills (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  unit_id text NOT NULL REFERENCES units (id),
  name text NOT NULL,
  -- What it exercises, in words.
  exercises text NOT NULL,
  -- From (inclusive) until (exclusive) as declared; when it was ended sooner, that counts.
  from_ms double precision NOT NULL,
  until_ms double precision NOT NULL,
  declared_by text NOT NULL,
  declared_at_ms double precision NOT NULL,
  ended_by text,
  ended_at_ms double precision,
  CHECK (until_ms > from_ms),
  CHECK ((ended_by IS NULL) = (ended_at_ms IS NULL))
);
CREATE INDEX drills_end ON drills (until_ms);
