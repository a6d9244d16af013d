-- The subject of a still, cut from the same picture at full resolution:
-- {"file", "box": [x1, y1, x2, y2] of the picture, "widthPx", "heightPx", "sizeBytes", "sha256"}; null when there is none.
ALTER TABLE alert_evidence ADD COLUMN crop jsonb;

-- Privacy masks were painted in and the video encoded anew: not the camera's own bit stream.
ALTER TABLE alert_clips ADD COLUMN masked boolean NOT NULL DEFAULT false;
