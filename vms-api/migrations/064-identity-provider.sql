-- Who signs in with the city's identity provider (OpenID Connect): a subject of an issuer is one account here.
CREATE TABLE provider_identities (
  issuer text NOT NULL,
  subject text NOT NULL,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  bound_at_ms double precision NOT NULL,
  PRIMARY KEY (issuer, subject),
  UNIQUE (user_id, issuer)
);

-- One-time links with which an account is bound at its first sign-in. Only a hash of the link's secret is kept.
CREATE TABLE provider_invitations (
  secret_hash bytea PRIMARY KEY,
  user_id uuid NOT NULL UNIQUE REFERENCES users (id) ON DELETE CASCADE,
  created_by text NOT NULL,
  expires_at_ms double precision NOT NULL
);

-- Sign-ins under way: each may come back once, to the browser in which it began.
CREATE TABLE provider_attempts (
  state_hash bytea PRIMARY KEY,
  browser_hash bytea NOT NULL,
  invitation_hash bytea,
  return_to text NOT NULL,
  expires_at_ms double precision NOT NULL
);
CREATE INDEX provider_attempts_expiry ON provider_attempts (expires_at_ms);

-- What its people see of a session, and what signs them out at the provider too (sealed with the site's key).
ALTER TABLE sessions
  ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,
  ADD COLUMN address text,
  ADD COLUMN agent text,
  ADD COLUMN sealed_provider_token text;
