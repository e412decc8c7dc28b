-- What is under way between a buyer's money and its end, for those who watch it.
CREATE INDEX payments_unsettled ON payment_service.payments (created_at)
  WHERE status = 'PENDING' OR (status = 'SUCCESS' AND refund_due_amount IS NOT NULL);
