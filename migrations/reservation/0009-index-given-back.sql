-- Late money asks whether one of its seats has been a ticket since its hold ended: by schedule, not by everything that was ever cancelled.
CREATE INDEX reservations_given_back ON reservation_service.reservations (event_schedule_id, cancelled_at)
WHERE status = 'CANCELLED' AND confirmed_at IS NOT NULL;
