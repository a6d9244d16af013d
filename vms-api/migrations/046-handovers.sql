-- Hand-overs of a shift: what the outgoing side signed, and who accepted it.
CREATE TABLE handovers (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  unit_id text NOT NULL REFERENCES units (id),
  state text NOT NULL CHECK (state IN ('signed', 'accepted', 'withdrawn')),
  notes text NOT NULL,
  -- The desk as it was signed: the very text whose hash stands here and in the audit log.
  snapshot text NOT NULL,
  sha256 text NOT NULL,
  signed_by text NOT NULL,
  signed_name text NOT NULL,
  signed_at_ms double precision NOT NULL,
  accepted_by text,
  accepted_name text,
  accepted_at_ms double precision,
  -- Alerts whose owner changed with it.
  moved uuid[] NOT NULL DEFAULT '{}',
  CHECK ((state = 'accepted') = (accepted_at_ms IS NOT NULL)),
  CHECK (accepted_by <> signed_by)
);
-- One at a time waits in a unit.
CREATE UNIQUE INDEX handovers_waiting ON handovers (unit_id) WHERE state = 'signed';
CREATE INDEX handovers_time ON handovers (signed_at_ms DESC);

CREATE FUNCTION handover_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'UPDATE' OR OLD.state <> 'signed' OR NEW.snapshot <> OLD.snapshot OR NEW.sha256 <> OLD.sha256 OR NEW.signed_by <> OLD.signed_by THEN
    RAISE EXCEPTION 'what was handed over is never changed';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER handover_stays BEFORE UPDATE OR DELETE ON handovers FOR EACH ROW EXECUTE FUNCTION handover_stays();
