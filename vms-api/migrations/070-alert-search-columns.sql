-- What alerts are searched by, stored beside the message: no search unpacks messages, and trigrams find words and plates.
-- In small letters: case is then nothing that each comparison has to work out.
CREATE FUNCTION alert_words(camera_name text, place text, message jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT lower(COALESCE(camera_name || E'\n', '') || COALESCE(place || E'\n', '') || COALESCE((message #>> '{reason,text,vi}') || E'\n', '')
    || COALESCE((message #>> '{reason,text,en}') || E'\n', '') || COALESCE(message #>> '{findings,0,ruleName}', ''))
$$;
-- Each plate on a line of its own, with a line end before and after; null: no finding names one.
CREATE FUNCTION alert_plate_lines(message jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT E'\n' || string_agg(DISTINCT finding #>> '{plate,text}', E'\n') || E'\n' FROM jsonb_array_elements(message -> 'findings') finding
$$;
ALTER TABLE alerts
  ADD COLUMN words text GENERATED ALWAYS AS (alert_words(camera_name, place, message)) STORED,
  ADD COLUMN plates text GENERATED ALWAYS AS (alert_plate_lines(message)) STORED;
DROP INDEX alerts_plates;
DROP FUNCTION alert_plates(jsonb);
CREATE INDEX alerts_words ON alerts USING gin (words gin_trgm_ops);
CREATE INDEX alerts_plates ON alerts USING gin (plates gin_trgm_ops) WHERE plates IS NOT NULL;
