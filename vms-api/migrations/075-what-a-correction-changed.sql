-- What a line of history changed: [{field, from, to}]; null: it changed the state alone.
ALTER TABLE alert_history ADD COLUMN changes jsonb;
