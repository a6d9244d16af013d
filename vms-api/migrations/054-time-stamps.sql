-- Time stamps (RFC 3161) of heads of the ledger: what was entered up to there existed at that moment (vms-api/src/time-stamp/).
CREATE TABLE ledger_stamps (
  seq bigint PRIMARY KEY REFERENCES ledger (seq),
  token bytea NOT NULL,
  -- By the authority's clock.
  stamped_at_ms double precision NOT NULL
);
CREATE FUNCTION ledger_stamps_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'time stamps of the ledger are append-only';
END $$;
CREATE TRIGGER ledger_stamps_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_stamps FOR EACH STATEMENT EXECUTE FUNCTION ledger_stamps_stay();
