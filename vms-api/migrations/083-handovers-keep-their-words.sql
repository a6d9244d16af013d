-- The notes of a hand-over, its unit, who signed it and when are never changed either.
CREATE OR REPLACE FUNCTION handover_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND OLD.state <> 'signed' AND OLD.signed_at_ms < extract(epoch FROM now()) * 1000 - 30 * 86400000.0 THEN
    RETURN OLD;
  END IF;
  IF TG_OP <> 'UPDATE' OR OLD.state <> 'signed' OR NEW.snapshot <> OLD.snapshot OR NEW.sha256 <> OLD.sha256 OR NEW.notes <> OLD.notes
    OR (NEW.unit_id, NEW.signed_by, NEW.signed_name, NEW.signed_at_ms) <> (OLD.unit_id, OLD.signed_by, OLD.signed_name, OLD.signed_at_ms) THEN
    RAISE EXCEPTION 'what was handed over is never changed';
  END IF;
  RETURN NEW;
END $$;
