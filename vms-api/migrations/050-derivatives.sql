-- Files made from evidence: masked copies, an overview with the track drawn in, the plate of the subject. Each is made once
-- and has a hash of its own; the original and its hash stay as they are (vms-api/src/derivatives/).
CREATE TABLE evidence_derivatives (
  alert_id uuid NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
  kind text NOT NULL CHECK (kind IN ('masked', 'overview', 'plate')),
  -- The original it was made from: its name in the evidence store, and its hash as it was then.
  source_file text NOT NULL,
  source_sha256 text NOT NULL,
  file text NOT NULL,
  width_px integer NOT NULL,
  height_px integer NOT NULL,
  size_bytes integer NOT NULL,
  sha256 text NOT NULL,
  sha1 text NOT NULL,
  -- How it was made: models with their hashes, what was hidden or drawn.
  facts jsonb NOT NULL,
  made_at_ms double precision NOT NULL,
  PRIMARY KEY (alert_id, kind, source_file)
);
CREATE TRIGGER violation_derivatives_stay BEFORE DELETE ON evidence_derivatives
  FOR EACH ROW EXECUTE FUNCTION violation_data_stays();
-- is_held comes with legal holds, in a later migration.
CREATE FUNCTION held_derivative_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF is_held(OLD.alert_id) THEN
    RAISE EXCEPTION 'alert % is under legal hold', OLD.alert_id;
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER held_derivatives_stay BEFORE DELETE ON evidence_derivatives FOR EACH ROW EXECUTE FUNCTION held_derivative_stays();
CREATE TRIGGER violation_derivatives_whole BEFORE TRUNCATE ON evidence_derivatives
  FOR EACH STATEMENT EXECUTE FUNCTION review_record_stays();
CREATE FUNCTION derivative_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a derivative is made once and never changed';
END $$;
CREATE TRIGGER derivatives_unchanged BEFORE UPDATE ON evidence_derivatives
  FOR EACH STATEMENT EXECUTE FUNCTION derivative_stays();
