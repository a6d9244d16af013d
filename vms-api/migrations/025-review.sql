-- Review of violations by traffic police: cases, decisions, settings, the law, forms, and what keeps all of it from being deleted.

ALTER TABLE users DROP CONSTRAINT users_role_check;
ALTER TABLE users ADD CONSTRAINT users_role_check
  CHECK (role IN ('administrator', 'shift-lead', 'operator', 'eoc', 'auditor', 'gateway', 'reviewer', 'review-lead'));

CREATE TABLE violation_cases (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  alert_id uuid NOT NULL REFERENCES alerts (id),
  unit_id text NOT NULL REFERENCES units (id),
  type text NOT NULL,
  camera_id text NOT NULL,
  -- Capture time of the violation, from which its age and the law in force are reckoned.
  violation_at_ms double precision NOT NULL,
  confidence double precision NOT NULL,
  -- The rejected case that a planted one shows again, to see whether it is rejected again.
  planted_from uuid REFERENCES violation_cases (id),
  planted boolean GENERATED ALWAYS AS (planted_from IS NOT NULL) STORED,
  -- `second`: confirmed once, waits for another pair of eyes. `escalated`: waits for a shift lead. `checked`: a planted case is over.
  state text NOT NULL CHECK (state IN ('waiting', 'second', 'escalated', 'confirmed', 'rejected', 'checked')),
  claimed_by uuid REFERENCES users (id),
  claimed_at_ms double precision,
  claimed_until_ms double precision,
  -- What was read and what stands at the end; the reading is never written over.
  plate_read jsonb,
  plate text,
  plate_typed_by text,
  provision_id text,
  vehicle text,
  decided_by text,
  decided_at_ms double precision,
  identify_by date,
  appear_by date,
  erased_at_ms double precision,
  UNIQUE (id, planted),
  CHECK (planted_from IS NULL OR state IN ('waiting', 'checked')),
  CHECK (planted_from IS NOT NULL OR state <> 'checked'),
  CHECK (state <> 'confirmed' OR (plate IS NOT NULL AND provision_id IS NOT NULL AND identify_by IS NOT NULL))
);
CREATE UNIQUE INDEX violation_cases_alert ON violation_cases (alert_id) WHERE planted_from IS NULL;
CREATE INDEX violation_cases_queue ON violation_cases (violation_at_ms, id) WHERE state IN ('waiting', 'second', 'escalated');
CREATE INDEX violation_cases_held ON violation_cases (claimed_by) WHERE claimed_by IS NOT NULL;
CREATE INDEX violation_cases_decided ON violation_cases (unit_id, decided_at_ms) WHERE decided_at_ms IS NOT NULL;

-- Whom a planted case of this original was shown to, decided or not: nobody gets it twice.
CREATE TABLE planted_shown (
  original_id uuid NOT NULL REFERENCES violation_cases (id),
  user_id uuid NOT NULL REFERENCES users (id),
  PRIMARY KEY (original_id, user_id)
);

-- One row a decision, never changed.
CREATE TABLE review_decisions (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  case_id uuid NOT NULL REFERENCES violation_cases (id),
  reviewer_id uuid NOT NULL REFERENCES users (id),
  reviewer text NOT NULL,
  -- State of the case before and after it.
  from_state text NOT NULL,
  to_state text NOT NULL,
  action text NOT NULL CHECK (action IN ('confirm', 'reject', 'send-back')),
  reason_code text,
  comment text,
  plate text,
  provision_id text,
  claimed_at_ms double precision NOT NULL,
  at_ms double precision NOT NULL
);
CREATE INDEX review_decisions_case ON review_decisions (case_id, id);
CREATE INDEX review_decisions_time ON review_decisions (at_ms);

-- What holds in a unit and below it until a unit further down says otherwise; type `*` is every type.
CREATE TABLE review_settings (
  unit_id text NOT NULL REFERENCES units (id),
  type text NOT NULL,
  four_eyes boolean NOT NULL,
  planted_share double precision NOT NULL CHECK (planted_share BETWEEN 0 AND 1),
  claim_seconds integer NOT NULL CHECK (claim_seconds BETWEEN 30 AND 3600),
  changed_by text NOT NULL,
  changed_at_ms double precision NOT NULL,
  PRIMARY KEY (unit_id, type)
);

-- The law by days of Viet Nam: from (inclusive) until (exclusive).
CREATE TABLE legal_provisions (
  id text PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9._-]{1,80}$'),
  type text NOT NULL,
  vehicle text NOT NULL CHECK (vehicle IN ('car', 'motorcycle')),
  -- Tells apart the acts that one type of rule may be; the act `` is taken when nothing is chosen.
  variant text NOT NULL,
  body jsonb NOT NULL,
  source text NOT NULL,
  valid_from date NOT NULL,
  valid_until date,
  approved_by text,
  approved_title text,
  approved_user text,
  approved_at_ms double precision,
  created_by text NOT NULL,
  created_at_ms double precision NOT NULL,
  CHECK (valid_until IS NULL OR valid_until > valid_from),
  CHECK ((approved_by IS NULL) = (approved_at_ms IS NULL))
);
CREATE INDEX legal_provisions_act ON legal_provisions (type, vehicle);

CREATE TABLE form_templates (
  id text PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9._-]{1,80}$'),
  form text NOT NULL CHECK (form IN ('02', '03')),
  body jsonb NOT NULL,
  source text NOT NULL,
  valid_from date NOT NULL,
  valid_until date,
  approved_by text,
  approved_title text,
  approved_user text,
  approved_at_ms double precision,
  created_by text NOT NULL,
  created_at_ms double precision NOT NULL,
  CHECK (valid_until IS NULL OR valid_until > valid_from)
);

CREATE TABLE form_numbers (
  unit_id text NOT NULL REFERENCES units (id),
  form text NOT NULL,
  year integer NOT NULL,
  last_number integer NOT NULL,
  PRIMARY KEY (unit_id, form, year)
);

-- A form of a planted case cannot exist: the key leads to cases that are none.
CREATE TABLE case_forms (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  case_id uuid NOT NULL,
  planted boolean NOT NULL DEFAULT false CHECK (NOT planted),
  form text NOT NULL,
  template_id text NOT NULL REFERENCES form_templates (id),
  number text NOT NULL UNIQUE,
  draft boolean NOT NULL,
  content jsonb NOT NULL,
  pdf bytea NOT NULL,
  sha256 text NOT NULL,
  issued_by text NOT NULL,
  issued_at_ms double precision NOT NULL,
  FOREIGN KEY (case_id, planted) REFERENCES violation_cases (id, planted)
);
CREATE UNIQUE INDEX case_forms_final ON case_forms (case_id, form) WHERE NOT draft;

-- Who had what of a violation deleted, and on what ground; signed by the key of this site, and entered in the ledger.
CREATE TABLE erasure_records (
  alert_id uuid PRIMARY KEY REFERENCES alerts (id),
  statement text NOT NULL,
  signature text NOT NULL,
  ledger_seq bigint NOT NULL REFERENCES ledger (seq),
  at_ms double precision NOT NULL
);

CREATE FUNCTION violation_data_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  violation uuid;
BEGIN
  IF TG_TABLE_NAME = 'alerts' THEN violation := OLD.id; ELSE violation := OLD.alert_id; END IF;
  IF EXISTS (SELECT 1 FROM alerts WHERE id = violation AND kind = 'violation')
    AND NOT EXISTS (SELECT 1 FROM erasure_records WHERE alert_id = violation) THEN
    RAISE EXCEPTION 'data of a violation is deleted with a signed record only';
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER violation_alert_stays BEFORE DELETE ON alerts FOR EACH ROW EXECUTE FUNCTION violation_data_stays();
CREATE TRIGGER violation_evidence_stays BEFORE DELETE ON alert_evidence FOR EACH ROW EXECUTE FUNCTION violation_data_stays();
CREATE TRIGGER violation_clips_stay BEFORE DELETE ON alert_clips FOR EACH ROW EXECUTE FUNCTION violation_data_stays();

CREATE FUNCTION review_record_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the record of the review is append-only';
END $$;
CREATE TRIGGER review_cases_stay BEFORE DELETE OR TRUNCATE ON violation_cases FOR EACH STATEMENT EXECUTE FUNCTION review_record_stays();
CREATE TRIGGER review_decisions_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON review_decisions
  FOR EACH STATEMENT EXECUTE FUNCTION review_record_stays();
CREATE TRIGGER case_forms_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON case_forms FOR EACH STATEMENT EXECUTE FUNCTION review_record_stays();
CREATE TRIGGER erasure_records_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON erasure_records
  FOR EACH STATEMENT EXECUTE FUNCTION review_record_stays();

CREATE TRIGGER violation_alerts_whole BEFORE TRUNCATE ON alerts FOR EACH STATEMENT EXECUTE FUNCTION review_record_stays();
CREATE TRIGGER violation_evidence_whole BEFORE TRUNCATE ON alert_evidence FOR EACH STATEMENT EXECUTE FUNCTION review_record_stays();
CREATE TRIGGER violation_clips_whole BEFORE TRUNCATE ON alert_clips FOR EACH STATEMENT EXECUTE FUNCTION review_record_stays();

-- The first reading of a plate, once noted, and the fact that a case is planted, stay as they are.
CREATE FUNCTION violation_case_keeps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.planted_from IS DISTINCT FROM OLD.planted_from OR NEW.alert_id <> OLD.alert_id
    OR (OLD.plate_read IS NOT NULL AND NEW.plate_read IS DISTINCT FROM OLD.plate_read) THEN
    RAISE EXCEPTION 'alert, plate as read and origin of a case are never changed';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER violation_case_keeps BEFORE UPDATE ON violation_cases FOR EACH ROW EXECUTE FUNCTION violation_case_keeps();

INSERT INTO violation_cases (alert_id, unit_id, type, camera_id, violation_at_ms, confidence, state)
SELECT id, unit_id, type, camera_id, start_ms, (message ->> 'confidence')::double precision,
  CASE WHEN state = 'false-alarm' THEN 'rejected' ELSE 'waiting' END
FROM alerts WHERE kind = 'violation';
