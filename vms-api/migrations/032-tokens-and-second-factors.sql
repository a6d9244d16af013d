-- Tokens of other systems: each is one grant of the role integration. Only hashes of the secrets are kept.
CREATE TABLE api_tokens (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL CHECK (name ~ '^[a-z0-9._-]{2,64}$'),
  unit_id text NOT NULL REFERENCES units (id),
  camera_ids text[] CHECK (cardinality(camera_ids) > 0),
  secret_hash bytea NOT NULL UNIQUE,
  -- The secret before the last rotation, valid until then.
  previous_hash bytea UNIQUE,
  previous_until_ms double precision,
  expires_at_ms double precision NOT NULL,
  created_by text NOT NULL,
  created_at_ms double precision NOT NULL,
  rotated_at_ms double precision,
  revoked_at_ms double precision,
  last_used_ms double precision
);
CREATE UNIQUE INDEX api_tokens_name ON api_tokens (name) WHERE revoked_at_ms IS NULL;

-- A second factor (TOTP, RFC 6238): sealed with the site's key; it counts once it was confirmed.
CREATE TABLE second_factors (
  user_id uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  sealed_secret text NOT NULL,
  confirmed_at_ms double precision,
  -- The last time step that was used: a code works once.
  last_step bigint NOT NULL DEFAULT 0,
  -- SHA-256 of the recovery codes that were not used.
  recovery_hashes text[] NOT NULL DEFAULT '{}'
);
