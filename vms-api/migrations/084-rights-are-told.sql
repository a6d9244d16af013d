-- Whoever holds a connection open looks again at what may be sent on it once rights, or what they reach, have changed.
CREATE FUNCTION tell_rights() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('safecity_rights', '');
  RETURN NULL;
END $$;
CREATE TRIGGER rights_cameras_made AFTER INSERT ON cameras FOR EACH STATEMENT EXECUTE FUNCTION tell_rights();
CREATE TRIGGER rights_cameras_moved AFTER UPDATE ON cameras FOR EACH ROW
  WHEN (OLD.unit_id IS DISTINCT FROM NEW.unit_id OR OLD.deleted_at_ms IS DISTINCT FROM NEW.deleted_at_ms) EXECUTE FUNCTION tell_rights();
CREATE TRIGGER rights_grants AFTER INSERT OR UPDATE OR DELETE ON role_grants FOR EACH STATEMENT EXECUTE FUNCTION tell_rights();
CREATE TRIGGER rights_users AFTER UPDATE ON users FOR EACH ROW
  WHEN (OLD.disabled_at_ms IS DISTINCT FROM NEW.disabled_at_ms) EXECUTE FUNCTION tell_rights();
CREATE TRIGGER rights_tokens AFTER UPDATE ON api_tokens FOR EACH ROW
  WHEN (OLD.revoked_at_ms IS DISTINCT FROM NEW.revoked_at_ms OR OLD.expires_at_ms IS DISTINCT FROM NEW.expires_at_ms)
  EXECUTE FUNCTION tell_rights();
CREATE TRIGGER rights_units AFTER INSERT OR UPDATE OR DELETE ON units FOR EACH STATEMENT EXECUTE FUNCTION tell_rights();
CREATE TRIGGER rights_successors AFTER INSERT OR UPDATE OR DELETE ON unit_successors FOR EACH STATEMENT EXECUTE FUNCTION tell_rights();
