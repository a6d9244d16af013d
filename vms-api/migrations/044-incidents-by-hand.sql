-- Incidents that people open: from what they saw or were told, with a camera or without one.
ALTER TABLE alerts ALTER COLUMN camera_id DROP NOT NULL;
ALTER TABLE alerts ALTER COLUMN camera_name DROP NOT NULL;
ALTER TABLE alerts ADD CONSTRAINT alerts_camera_named CHECK ((camera_id IS NULL) = (camera_name IS NULL));
-- Who opened it by hand; null: rules found it.
ALTER TABLE alerts ADD COLUMN opened_by text;
ALTER TABLE alerts ADD CONSTRAINT alerts_somewhere CHECK (camera_id IS NOT NULL OR (opened_by IS NOT NULL AND place IS NOT NULL));
-- The drill that it is part of: no emergency, and no part of any statistics.
ALTER TABLE alerts ADD COLUMN drill_id uuid REFERENCES drills (id);
ALTER TABLE alerts ADD CONSTRAINT alerts_drill_by_hand CHECK (drill_id IS NULL OR opened_by IS NOT NULL);
CREATE INDEX alerts_drill ON alerts (drill_id) WHERE drill_id IS NOT NULL;
