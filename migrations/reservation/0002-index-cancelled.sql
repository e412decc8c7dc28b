-- The sweeper releases in Redis what was cancelled of late: a process may have died between its commit and the release.
CREATE INDEX reservations_cancelled ON reservation_service.reservations (cancelled_at) WHERE status = 'CANCELLED';
