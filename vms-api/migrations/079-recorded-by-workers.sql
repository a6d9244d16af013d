-- What each ingest worker said last that it has recorded, so that a worker that is away is missed by name.
CREATE TABLE recorded_by_workers (
  worker_id text NOT NULL,
  camera_id text NOT NULL,
  -- First and last capture time, epoch ms.
  from_ms double precision NOT NULL,
  to_ms double precision NOT NULL,
  seen_at_ms double precision NOT NULL,
  PRIMARY KEY (worker_id, camera_id)
);
CREATE INDEX recorded_by_workers_camera ON recorded_by_workers (camera_id);
