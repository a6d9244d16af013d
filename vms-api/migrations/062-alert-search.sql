-- Plates that the findings of an alert name, to look alerts up by them.
CREATE FUNCTION alert_plates(message jsonb) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT ARRAY(SELECT DISTINCT finding #>> '{plate,text}' FROM jsonb_array_elements(message -> 'findings') finding
    WHERE finding #>> '{plate,text}' IS NOT NULL ORDER BY 1)
$$;
CREATE INDEX alerts_plates ON alerts USING gin (alert_plates(message));
-- A page goes on after the last alert of the page before.
DROP INDEX alerts_recent;
CREATE INDEX alerts_recent ON alerts (raised_at_ms DESC, id DESC);
