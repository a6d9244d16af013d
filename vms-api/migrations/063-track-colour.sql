-- Name of the colour of a vehicle, as most looks at it say; null when it was not looked at, or they do not agree.
ALTER TABLE tracks ADD COLUMN colour text;
CREATE INDEX tracks_colour ON tracks (colour, first_ms) WHERE colour IS NOT NULL;
