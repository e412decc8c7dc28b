export {
  type TicketFacts,
  ticketKeyIdPattern,
  ticketMessage,
  ticketSlotAt,
  ticketSlotSeconds,
  ticketToleranceSlots,
  writeTicketCode,
} from './ticket-code.ts'
export { type TicketPublicKey, type TicketVerdict, ticketKeySetSchema, verifyTicketCode } from './verify-ticket-code.ts'
