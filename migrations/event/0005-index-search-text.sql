-- Search for parts of Korean and English names (EVT-004). pg_trgm finds no trigrams in Hangul where LC_CTYPE is C, so the
-- index is over runs of one to three characters of the text itself (docs/decisions/0013).

-- One form for what people type and what is stored: composed and compatible characters, folded case, no white space.
CREATE FUNCTION event_service.fold_text(text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN regexp_replace(
    normalize(casefold(normalize($1, NFKC) COLLATE "pg_unicode_fast"), NFKC) COLLATE "pg_unicode_fast", '\s+', '', 'g');

-- Every run of one to three characters of a folded text, once each.
CREATE FUNCTION event_service.runs_of(folded text) RETURNS text[]
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN ARRAY(
    SELECT DISTINCT substr(folded, place, size)
    FROM generate_series(1, 3) AS size, generate_series(1, char_length(folded) - size + 1) AS place
  );

-- The runs that any text containing the folded text must have: its trigrams, or all of a text shorter than that.
CREATE FUNCTION event_service.runs_needed(folded text) RETURNS text[]
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN ARRAY(
    SELECT DISTINCT substr(folded, place, 3)
    FROM generate_series(1, greatest(char_length(folded) - 2, 1)) AS place
  );

GRANT EXECUTE ON FUNCTION event_service.fold_text(text), event_service.runs_of(text), event_service.runs_needed(text)
  TO event_svc_user;

-- The line between title and artist keeps a match from running over both: what people type has no line breaks.
ALTER TABLE event_service.events ADD COLUMN search_text text NOT NULL
  GENERATED ALWAYS AS (event_service.fold_text(title) || E'\n' || event_service.fold_text(artist)) STORED;

CREATE INDEX events_search ON event_service.events USING gin (event_service.runs_of(search_text))
  WHERE deleted_at IS NULL;

-- Cities are compared in the same form.
CREATE INDEX venues_city_folded ON event_service.venues (event_service.fold_text(city));

-- The range of dates in GET /events.
CREATE INDEX event_schedules_show_start ON event_service.event_schedules (event_start_at, event_id);
