-- A violation whose vehicle then did worse is told as an incident. What its case rests on stays as before: it goes by a signed
-- record only.
CREATE OR REPLACE FUNCTION violation_data_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  violation uuid;
BEGIN
  IF TG_TABLE_NAME = 'alerts' THEN violation := OLD.id; ELSE violation := OLD.alert_id; END IF;
  IF (EXISTS (SELECT 1 FROM alerts WHERE id = violation AND kind = 'violation') OR EXISTS (SELECT 1 FROM violation_cases WHERE alert_id = violation AND planted_from IS NULL))
    AND NOT EXISTS (SELECT 1 FROM erasure_records WHERE alert_id = violation) THEN
    RAISE EXCEPTION 'data of a violation is deleted with a signed record only';
  END IF;
  RETURN OLD;
END $$;
