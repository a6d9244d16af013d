-- A moment of a camera's recording that somebody wants to find again.
CREATE TABLE bookmarks (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  camera_id text NOT NULL REFERENCES cameras (id),
  -- The unit of the camera when the bookmark was set: what a camera saw for one unit is not another's.
  unit_id text NOT NULL REFERENCES units (id),
  at_ms double precision NOT NULL,
  name text NOT NULL,
  note text,
  created_by text NOT NULL,
  created_at_ms double precision NOT NULL
);
CREATE INDEX bookmarks_camera ON bookmarks (camera_id, at_ms);

-- What was going on at a camera in a stretch of time.
CREATE INDEX alerts_camera_start ON alerts (camera_id, start_ms);
