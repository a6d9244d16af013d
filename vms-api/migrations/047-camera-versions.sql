-- Where a change came from and why, what it did to the credentials (which are never kept in a version), and the revision
-- that it brought back.
ALTER TABLE camera_versions
  ADD COLUMN address text,
  ADD COLUMN comment text,
  ADD COLUMN credentials text NOT NULL DEFAULT 'kept' CHECK (credentials IN ('kept', 'set', 'removed')),
  ADD COLUMN restored_from integer;

-- The intended view of a camera, as an administrator took it from the live picture.
CREATE TABLE camera_reference_pictures (
  camera_id text PRIMARY KEY REFERENCES cameras (id),
  jpeg bytea NOT NULL,
  sha256 text NOT NULL,
  captured_at_ms double precision,
  taken_at_ms double precision NOT NULL,
  taken_by text NOT NULL
);
