-- Whose session it is at the identity provider and what it is called there: the provider can end it by either.
ALTER TABLE sessions
  ADD COLUMN provider_issuer text,
  ADD COLUMN provider_subject text,
  ADD COLUMN provider_sid text;
UPDATE sessions s SET provider_issuer = i.issuer, provider_subject = i.subject FROM provider_identities i
  WHERE i.user_id = s.user_id AND s.sealed_provider_token IS NOT NULL;
CREATE INDEX sessions_provider ON sessions (provider_issuer, provider_subject);

-- Logout tokens that were taken, by a hash of their id, until they are too old to be believed: each works once.
CREATE TABLE provider_logouts (
  token_hash bytea PRIMARY KEY,
  expires_at_ms double precision NOT NULL
);
CREATE INDEX provider_logouts_expiry ON provider_logouts (expires_at_ms);

-- However a session ends, its open WebSockets hear of it with the commit.
CREATE FUNCTION tell_session_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('safecity_sessions', encode(OLD.token_hash, 'hex'));
  RETURN NULL;
END $$;
CREATE TRIGGER sessions_ended AFTER DELETE ON sessions FOR EACH ROW EXECUTE FUNCTION tell_session_ended();
