-- The seat beside an accessible one, for who comes along: the ordinal of the accessible seat of the same schedule.
ALTER TABLE event_service.seats ADD COLUMN companion_of integer CHECK (companion_of >= 0 AND companion_of <> ordinal);
