export type {
  ConsumeOptions,
  ConsumeRepeatablyOptions,
  EventContext,
  Handlers,
  RepeatableHandlers,
} from './consume/consume.ts'
export { type InboxEvent, once } from './consume/once.ts'
export type { ConsumerHooks } from './consume/process-message.ts'
export type { Consumer } from './consume/supervise-consumer.ts'
export { createMessaging, type Messaging, type MessagingOptions, type PlainMessage } from './create-messaging.ts'
export { PermanentError, TransientError } from './errors.ts'
export type { RelayHooks } from './publish-outbox/publish-batch.ts'
export type { Relay, RelayOptions } from './publish-outbox/relay.ts'
export { addToOutbox, type OutgoingEvent } from './write-outbox/add-to-outbox.ts'
export { type EventFacts, type EventOf, newEvent } from './write-outbox/new-event.ts'
export { wakeAfterCommit } from './write-outbox/wake-after-commit.ts'
