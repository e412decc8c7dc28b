-- A reservation that ended unpaid can be taken back by its late money: only its confirmation sells its seats again (decision 0023).
-- SOLD: paid. LAPSED: ended unpaid. CONFIRMED. RELEASED: a confirmed one has ended. The later of these has the last word.
ALTER TABLE event_service.seat_sales DROP CONSTRAINT seat_sales_state_check;
ALTER TABLE event_service.seat_sales ADD CONSTRAINT seat_sales_state_check
  CHECK (state IN ('SOLD', 'LAPSED', 'CONFIRMED', 'RELEASED'));
