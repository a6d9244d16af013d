-- Incidents that people opened and that go on or have just ended: ingest is told of them again and again, to record on alert.
CREATE INDEX alerts_by_hand ON alerts (end_ms) WHERE opened_by IS NOT NULL;
