-- Cameras that people marked for the wall. What an open grave alert marks is derived from `alerts`, and stands in no row here.
CREATE TABLE camera_flags (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  camera_id text NOT NULL REFERENCES cameras (id),
  -- The unit whose camera it was then.
  unit_id text NOT NULL REFERENCES units (id),
  reason text NOT NULL,
  from_ms double precision NOT NULL,
  -- Its end as it was set, exclusive; when it was lifted sooner, that counts.
  until_ms double precision NOT NULL,
  set_by text NOT NULL,
  lifted_by text,
  lifted_at_ms double precision,
  CHECK (until_ms > from_ms),
  CHECK ((lifted_by IS NULL) = (lifted_at_ms IS NULL))
);
CREATE INDEX camera_flags_end ON camera_flags (until_ms);
CREATE INDEX camera_flags_camera ON camera_flags (camera_id, from_ms DESC);
