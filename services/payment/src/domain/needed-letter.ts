import { consumerGroups } from '@ticket-queue/contracts/events'
import { z } from 'zod'

/** What a message is about, as both books have it now. */
export interface LetterSubject {
  readonly paymentStatus: 'PENDING' | 'SUCCESS' | 'FAILED' | 'REFUNDED'
  readonly isRefundDue: boolean
  /** Null: the reservation service knows no such reservation. */
  readonly reservationStatus: 'PENDING' | 'CONFIRMED' | 'CANCELLED' | null
}

interface SettlingMessage {
  readonly group: string
  readonly isNeeded: (subject: LetterSubject) => boolean
}

const isKept = ({ paymentStatus, isRefundDue }: LetterSubject) => paymentStatus === 'SUCCESS' && !isRefundDue

/** The messages without which somebody's money or seats hang for good, who applies them, and by what one sees that they are needed. */
const settlingMessages: Readonly<Record<string, SettlingMessage>> = {
  PaymentSuccess: {
    group: consumerGroups.reservationPayment,
    isNeeded: (subject) => isKept(subject) && subject.reservationStatus !== 'CONFIRMED',
  },
  PaymentFailed: {
    group: consumerGroups.reservationPayment,
    isNeeded: ({ reservationStatus }) => reservationStatus === 'PENDING',
  },
  PaymentRefunded: {
    group: consumerGroups.reservationPayment,
    isNeeded: ({ paymentStatus, reservationStatus }) =>
      paymentStatus === 'REFUNDED' && (reservationStatus === 'CONFIRMED' || reservationStatus === 'PENDING'),
  },
  ReservationCancelled: {
    group: consumerGroups.paymentReservation,
    isNeeded: (subject) => isKept(subject) && subject.reservationStatus === 'CANCELLED',
  },
}

/**
 * The rule by which a letter may not be given up, or null for one that may be: its group, or as a letter of the relay (no group)
 * everybody, would never learn what became of money or seats (M1, M7; decision 0032).
 */
export function ruleOf(letter: {
  readonly event_type: string | null
  readonly consumer_group: string | null
}): SettlingMessage['isNeeded'] | null {
  const found = Object.hasOwn(settlingMessages, letter.event_type ?? '') && settlingMessages[letter.event_type ?? '']
  if (!found) return null
  return letter.consumer_group === null || letter.consumer_group === found.group ? found.isNeeded : null
}

const namesPayment = z.object({ payload: z.object({ paymentId: z.uuid() }) })

/** The payment that a message names; null for one that names none or cannot be read. */
export function paymentNamedIn(value: Buffer | null): string | null {
  try {
    return namesPayment.safeParse(JSON.parse(value?.toString('utf8') ?? '')).data?.payload.paymentId ?? null
  } catch {
    return null
  }
}
