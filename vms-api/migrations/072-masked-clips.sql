-- Masked copies of clips that are asked for and not made yet, or cannot be made. One that is made is a row of evidence_derivatives and
-- has none here (vms-api/src/derivatives/clip-masker.ts).
CREATE TABLE clip_masks (
  alert_id uuid NOT NULL,
  name text NOT NULL,
  state text NOT NULL CHECK (state IN ('waiting', 'making', 'failed')),
  -- Somebody has asked for it; false: it is made ahead.
  wanted boolean NOT NULL,
  asked_at_ms double precision NOT NULL,
  progress real NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 1),
  -- Why it cannot be made.
  code text,
  reason text,
  -- Until then the process that makes it has it for itself, or what failed is not tried again.
  until_ms double precision NOT NULL DEFAULT 0,
  PRIMARY KEY (alert_id, name),
  FOREIGN KEY (alert_id, name) REFERENCES alert_clips (alert_id, name) ON DELETE CASCADE
);
