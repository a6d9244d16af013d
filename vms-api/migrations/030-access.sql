-- Who may do what where: a role, in a unit and below it, on some of its cameras only, until a moment.
CREATE TABLE role_grants (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  role text NOT NULL CHECK (role ~ '^[a-z][a-z-]{1,31}$'),
  unit_id text NOT NULL REFERENCES units (id),
  -- Null: every camera of the units.
  camera_ids text[] CHECK (cardinality(camera_ids) > 0),
  -- Exclusive; null: until it is taken back.
  until_ms double precision,
  granted_by text NOT NULL,
  granted_at_ms double precision NOT NULL
);
CREATE INDEX role_grants_user ON role_grants (user_id);
INSERT INTO role_grants (user_id, role, unit_id, granted_by, granted_at_ms)
  SELECT id, role, unit_id, 'migration', created_at_ms FROM users;
-- In which role somebody decided.
ALTER TABLE alert_history ADD COLUMN actor_role text;
UPDATE alert_history h SET actor_role = u.role FROM users u WHERE u.username = h.actor;
-- What remains is the unit that a person belongs to: new cameras go there unless told otherwise.
ALTER TABLE users DROP COLUMN role;

-- A unit that was divided has several successors.
CREATE TABLE unit_successors (
  unit_id text NOT NULL REFERENCES units (id),
  successor_id text NOT NULL REFERENCES units (id),
  PRIMARY KEY (unit_id, successor_id),
  CHECK (unit_id <> successor_id)
);
CREATE INDEX unit_successors_back ON unit_successors (successor_id);
INSERT INTO unit_successors SELECT id, successor_id FROM units WHERE successor_id IS NOT NULL;
ALTER TABLE units DROP COLUMN successor_id;

-- Units that rights in `start_id` reach at a time. A closed unit is followed to its successors; then come the units below,
-- closed ones too, because history keeps its old unit; then units that were closed and whose successors are all reached:
-- of a unit that was divided among several, only who has all of them may see the common past.
CREATE OR REPLACE FUNCTION unit_scope(start_id text, at_ms double precision) RETURNS SETOF text LANGUAGE plpgsql STABLE AS $$
DECLARE
  reached text[];
  wider text[];
BEGIN
  WITH RECURSIVE heirs (id) AS (
    SELECT start_id
    UNION
    SELECT s.successor_id FROM heirs h
      JOIN units u ON u.id = h.id AND u.valid_until_ms <= at_ms
      JOIN unit_successors s ON s.unit_id = u.id
  )
  SELECT array_agg(id) INTO reached FROM heirs;
  LOOP
    WITH RECURSIVE tree (id) AS (
      SELECT unnest(reached)
      UNION
      SELECT u.id FROM tree t JOIN units u ON u.parent_id = t.id
    )
    SELECT array_agg(id) INTO reached FROM tree;
    SELECT array_agg(p.id) INTO wider FROM (
      SELECT s.unit_id AS id FROM unit_successors s JOIN units u ON u.id = s.unit_id AND u.valid_until_ms <= at_ms
      WHERE s.unit_id <> ALL (reached)
      GROUP BY s.unit_id HAVING bool_and(s.successor_id = ANY (reached))
    ) p;
    EXIT WHEN wider IS NULL;
    reached := reached || wider;
  END LOOP;
  RETURN QUERY SELECT unnest(reached);
END $$;
