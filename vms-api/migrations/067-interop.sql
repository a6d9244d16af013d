-- Up to which change of an alert a broker has been told. One row per broker's prefix.
CREATE TABLE event_cursors (
  sink text PRIMARY KEY,
  event_id bigint NOT NULL
);

-- Webhooks: JSON with a signature beside CAP. The secret is sealed with the key of the site.
ALTER TABLE destinations DROP CONSTRAINT destinations_format_check;
ALTER TABLE destinations ADD CONSTRAINT destinations_format_check CHECK (format IN ('cap', 'webhook'));
ALTER TABLE destinations ADD COLUMN sealed_secret text;
ALTER TABLE destinations ADD CONSTRAINT destinations_webhook_signs CHECK ((format = 'webhook') = (sealed_secret IS NOT NULL));
