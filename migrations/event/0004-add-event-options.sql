-- What the organiser rules about the sale of an event; reservation obeys it. A null per_person_max: no limit beyond one reservation's.
ALTER TABLE event_service.events
  ADD COLUMN per_person_max integer CHECK (per_person_max BETWEEN 1 AND 100),
  ADD COLUMN avoid_orphans boolean NOT NULL DEFAULT false,
  ADD COLUMN release_policy text NOT NULL DEFAULT 'AT_ONCE' CHECK (release_policy IN ('AT_ONCE', 'BATCHED', 'WAITING_LIST')),
  ADD COLUMN release_at time,
  ADD CONSTRAINT events_batches_have_time CHECK ((release_policy = 'BATCHED') = (release_at IS NOT NULL));
