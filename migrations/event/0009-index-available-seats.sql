-- Each sale asks whether a hall is nearly sold out: of the first 700 seats left, without reading the others.
CREATE INDEX seats_available ON event_service.seats (event_schedule_id) WHERE status = 'AVAILABLE';
