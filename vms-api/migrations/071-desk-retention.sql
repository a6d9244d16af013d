-- The daily job deletes hand-overs that are past keeping; the database lets none go that is young or waits.
CREATE OR REPLACE FUNCTION handover_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND OLD.state <> 'signed' AND OLD.signed_at_ms < extract(epoch FROM now()) * 1000 - 30 * 86400000.0 THEN
    RETURN OLD;
  END IF;
  IF TG_OP <> 'UPDATE' OR OLD.state <> 'signed' OR NEW.snapshot <> OLD.snapshot OR NEW.sha256 <> OLD.sha256 OR NEW.signed_by <> OLD.signed_by THEN
    RAISE EXCEPTION 'what was handed over is never changed';
  END IF;
  RETURN NEW;
END $$;
