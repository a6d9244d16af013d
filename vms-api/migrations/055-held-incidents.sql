-- A hold on one alert of an incident that several cameras saw keeps all of it.
CREATE OR REPLACE FUNCTION is_held(held_alert uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT 1 FROM legal_holds h JOIN alerts a ON a.id = h.alert_id
    WHERE h.ended_at_ms IS NULL AND COALESCE(a.merged_into, a.id) = (SELECT COALESCE(merged_into, id) FROM alerts WHERE id = held_alert))
$$;
