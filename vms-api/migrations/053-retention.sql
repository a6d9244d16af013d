-- Legal holds and retention (vms-api/src/holds/, vms-api/src/retention/).

-- What must be kept although its time is over. A hold ends by an entry of its own; until then nothing deletes what it is on.
CREATE TABLE legal_holds (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  alert_id uuid NOT NULL REFERENCES alerts (id),
  reason text NOT NULL,
  set_by text NOT NULL,
  set_at_ms double precision NOT NULL,
  -- Null: without end. Past it, the daily job ends the hold.
  until_ms double precision,
  ended_by text,
  ended_at_ms double precision,
  end_reason text,
  -- Stretches of the cameras' recordings that are locked with it, and why one could not be.
  recording jsonb NOT NULL DEFAULT '[]',
  CHECK ((ended_at_ms IS NULL) = (ended_by IS NULL) AND (ended_at_ms IS NULL) = (end_reason IS NULL))
);
CREATE INDEX legal_holds_alert ON legal_holds (alert_id);
CREATE INDEX legal_holds_open ON legal_holds (until_ms) WHERE ended_at_ms IS NULL;

CREATE FUNCTION is_held(held_alert uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT 1 FROM legal_holds h WHERE h.ended_at_ms IS NULL
    AND (h.alert_id = held_alert OR h.alert_id = (SELECT merged_into FROM alerts WHERE id = held_alert)))
$$;
CREATE FUNCTION held_data_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  held uuid;
BEGIN
  IF TG_TABLE_NAME = 'alerts' THEN held := OLD.id; ELSE held := OLD.alert_id; END IF;
  IF is_held(held) THEN
    RAISE EXCEPTION 'alert % is under legal hold', held;
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER held_alert_stays BEFORE DELETE ON alerts FOR EACH ROW EXECUTE FUNCTION held_data_stays();
CREATE TRIGGER held_evidence_stays BEFORE DELETE ON alert_evidence FOR EACH ROW EXECUTE FUNCTION held_data_stays();
CREATE TRIGGER held_clips_stay BEFORE DELETE ON alert_clips FOR EACH ROW EXECUTE FUNCTION held_data_stays();

-- A hold is entered, gets its recordings and ends once; it is never deleted while its alert is there, nor changed after its end.
CREATE FUNCTION hold_keeps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.id, NEW.alert_id, NEW.reason, NEW.set_by, NEW.set_at_ms) IS DISTINCT FROM (OLD.id, OLD.alert_id, OLD.reason, OLD.set_by, OLD.set_at_ms)
    OR NEW.until_ms IS DISTINCT FROM OLD.until_ms
    OR (OLD.ended_at_ms IS NOT NULL AND (NEW.ended_at_ms, NEW.ended_by, NEW.end_reason) IS DISTINCT FROM (OLD.ended_at_ms, OLD.ended_by, OLD.end_reason)) THEN
    RAISE EXCEPTION 'a legal hold is never changed, it is ended';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER hold_keeps BEFORE UPDATE ON legal_holds FOR EACH ROW EXECUTE FUNCTION hold_keeps();
CREATE FUNCTION hold_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'TRUNCATE' OR OLD.ended_at_ms IS NULL THEN
    RAISE EXCEPTION 'a legal hold is never deleted, it is ended';
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER hold_stays BEFORE DELETE ON legal_holds FOR EACH ROW EXECUTE FUNCTION hold_stays();
CREATE TRIGGER holds_whole BEFORE TRUNCATE ON legal_holds FOR EACH STATEMENT EXECUTE FUNCTION hold_stays();

-- What hangs on an alert goes with it. Cases and erasure orders never go: the alerts of violations stay.
DO $$
DECLARE
  link record;
BEGIN
  FOR link IN
    SELECT c.conname, c.conrelid::regclass AS child, pg_get_constraintdef(c.oid) AS definition FROM pg_constraint c
    WHERE c.contype = 'f' AND c.confrelid IN ('alerts'::regclass, 'outbox'::regclass) AND c.confdeltype = 'a'
      AND c.conrelid NOT IN ('violation_cases'::regclass, 'erasure_records'::regclass)
  LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %I %s ON DELETE CASCADE', link.child, link.conname, link.conname, link.definition);
  END LOOP;
END $$;
CREATE INDEX outbox_alert ON outbox (alert_id);
CREATE INDEX suppressions_alert ON suppressions (alert_id);

-- How long each class of data is kept where it is not the default.
CREATE TABLE retention_settings (
  class text PRIMARY KEY,
  days integer NOT NULL CHECK (days > 0),
  changed_by text NOT NULL,
  changed_at_ms double precision NOT NULL
);

-- Days of local time on which the job has run to its end.
CREATE TABLE retention_days (day integer PRIMARY KEY, finished_at_ms double precision NOT NULL);

-- One row for each time something of a class was deleted, signed and entered in the ledger when it is over.
CREATE TABLE retention_runs (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  class text NOT NULL,
  days integer NOT NULL,
  -- Older than this, exclusive.
  before_ms double precision NOT NULL,
  started_at_ms double precision NOT NULL,
  finished_at_ms double precision,
  statement text,
  signature text,
  public_key text,
  ledger_seq bigint REFERENCES ledger (seq),
  CHECK ((finished_at_ms IS NULL) = (statement IS NULL) AND (statement IS NULL) = (signature IS NULL) AND (statement IS NULL) = (ledger_seq IS NULL))
);
CREATE UNIQUE INDEX retention_runs_open ON retention_runs (class) WHERE finished_at_ms IS NULL;

-- What one transaction deleted, a line each; written by that very transaction. Files go after it.
CREATE TABLE retention_batches (
  run_id bigint NOT NULL REFERENCES retention_runs (id),
  number integer NOT NULL,
  lines text NOT NULL,
  items integer NOT NULL,
  files integer NOT NULL,
  oldest_ms double precision,
  newest_ms double precision,
  -- Alerts of which every file in the evidence store goes.
  alert_ids uuid[] NOT NULL,
  files_gone boolean NOT NULL,
  PRIMARY KEY (run_id, number)
);
CREATE INDEX retention_batches_owed ON retention_batches (run_id) WHERE NOT files_gone;

CREATE FUNCTION retention_record_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'retention_runs' THEN
    IF OLD.finished_at_ms IS NULL AND (NEW.id, NEW.class, NEW.days, NEW.before_ms, NEW.started_at_ms) = (OLD.id, OLD.class, OLD.days, OLD.before_ms, OLD.started_at_ms) THEN
      RETURN NEW;
    END IF;
  ELSIF TG_OP = 'UPDATE' THEN
    IF NOT OLD.files_gone AND (NEW.run_id, NEW.number, NEW.lines, NEW.items, NEW.files, NEW.alert_ids) = (OLD.run_id, OLD.number, OLD.lines, OLD.items, OLD.files, OLD.alert_ids) THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION 'the record of what was deleted is append-only';
END $$;
CREATE TRIGGER retention_runs_stay BEFORE UPDATE OR DELETE ON retention_runs FOR EACH ROW EXECUTE FUNCTION retention_record_stays();
CREATE TRIGGER retention_batches_stay BEFORE UPDATE OR DELETE ON retention_batches FOR EACH ROW EXECUTE FUNCTION retention_record_stays();
CREATE TRIGGER retention_runs_whole BEFORE TRUNCATE ON retention_runs FOR EACH STATEMENT EXECUTE FUNCTION retention_record_stays();
CREATE TRIGGER retention_batches_whole BEFORE TRUNCATE ON retention_batches FOR EACH STATEMENT EXECUTE FUNCTION retention_record_stays();
