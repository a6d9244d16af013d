-- What happened to evidence, each entry tied to the one before by its hash (vms-api/src/ledger/ledger.ts).
CREATE TABLE ledger (
  seq bigint PRIMARY KEY,
  at_ms double precision NOT NULL,
  kind text NOT NULL,
  subject text NOT NULL,
  -- The very bytes that were hashed; jsonb would not keep them.
  payload text NOT NULL,
  payload_sha256 text NOT NULL,
  hash text NOT NULL
);
CREATE INDEX ledger_subject ON ledger (subject, seq);

CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the ledger is append-only';
END $$;
CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();
