-- The audit log becomes a hash chain like the ledger (vms-api/src/ledger/chain.ts). What is searched is derived from the very
-- bytes that were hashed, so that no column can say something else.
CREATE FUNCTION audit_text(payload text, key text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT payload::jsonb ->> key $$;
CREATE FUNCTION audit_json(payload text, key text) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT payload::jsonb -> key $$;

ALTER TABLE audit RENAME TO audit_before;
CREATE TABLE audit (
  seq bigint PRIMARY KEY,
  payload text NOT NULL,
  payload_sha256 text NOT NULL,
  hash text NOT NULL,
  at_ms double precision NOT NULL GENERATED ALWAYS AS (audit_text(payload, 'atMs')::double precision) STORED,
  actor text NOT NULL GENERATED ALWAYS AS (audit_text(payload, 'actor')) STORED,
  action text NOT NULL GENERATED ALWAYS AS (audit_text(payload, 'action')) STORED,
  subject text NOT NULL GENERATED ALWAYS AS (audit_text(payload, 'subject')) STORED,
  detail jsonb NOT NULL GENERATED ALWAYS AS (audit_json(payload, 'detail')) STORED,
  address text GENERATED ALWAYS AS (audit_text(payload, 'address')) STORED
);

DO $$
DECLARE
  row audit_before;
  previous text := repeat('0', 64);
  number bigint := 0;
  body text;
  digest text;
BEGIN
  FOR row IN SELECT * FROM audit_before ORDER BY id LOOP
    number := number + 1;
    body := jsonb_build_object('seq', number, 'atMs', row.at_ms, 'actor', row.actor, 'action', row.action, 'subject', row.subject,
      'detail', row.detail, 'address', row.address)::text;
    digest := encode(sha256(convert_to(body, 'UTF8')), 'hex');
    previous := encode(sha256(convert_to(previous || E'\n' || number || E'\n' || digest, 'UTF8')), 'hex');
    INSERT INTO audit (seq, payload, payload_sha256, hash) VALUES (number, body, digest, previous);
  END LOOP;
END $$;
DROP TABLE audit_before;
CREATE INDEX audit_time ON audit (at_ms);
CREATE INDEX audit_actor ON audit (actor, seq);
CREATE INDEX audit_subject ON audit (subject, seq);

CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is append-only';
END $$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
  FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
