import { expect, test } from 'vitest'
import type { Plan, Step } from './payment-failpoints.ts'
import type { Answer } from './people.ts'
import { type Ending, falseAnswers } from './purchase-endings.ts'

const ticket: Ending = {
  payment: 'SUCCESS',
  reservation: 'CONFIRMED',
  ticket: 'T-1',
  amount: 99_000,
  captured: 99_000,
  kept: 99_000,
}
const moneyBack: Ending = { ...ticket, payment: 'FAILED', reservation: 'CANCELLED', ticket: null, kept: 0 }
const refunded: Ending = { ...moneyBack, payment: 'REFUNDED' }

const answer = (status: number, code = '', body: Record<string, unknown> = {}): Answer => ({
  status,
  code,
  body,
  text: '',
})
const paid = answer(200, '', { status: 'SUCCESS' })
const pending = answer(202, '', { status: 'PENDING' })
const failed = answer(409, 'PAYMENT_FAILED')
const given = answer(200, '', { status: 'CANCELLED', refundAmount: 99_000, fee: 0 })

const judge = (ending: Ending, plan: Plan, ...told: [Step, Answer][]) =>
  falseAnswers({ plan, told: told.map(([step, one]) => ({ step, answer: one })) }, ending)

test.each<[what: string, ending: Ending, plan: Plan, told: [Step, Answer][]]>([
  ['paid, and there is a ticket', ticket, 'buy', [['confirm', paid]]],
  [
    'pending, then paid',
    ticket,
    'buy',
    [
      ['confirm', pending],
      ['confirm', paid],
    ],
  ],
  ['failed, and the money is back', moneyBack, 'buy', [['confirm', failed]]],
  [
    'paid, and given back later',
    refunded,
    'return',
    [
      ['confirm', paid],
      ['return', given],
    ],
  ],
  ['nothing, having left', ticket, 'leave', [['register', answer(201)]]],
])('the truth: told %s', (_what, ending, plan, told) => {
  expect(judge(ending, plan, ...told)).toEqual([])
})

test.each<[what: string, ending: Ending, plan: Plan, told: [Step, Answer][], violation: string]>([
  ['paid without a ticket', moneyBack, 'buy', [['confirm', paid]], 'there is no ticket'],
  ['paid, money kept, no ticket', { ...ticket, ticket: null }, 'buy', [['confirm', paid]], 'there is no ticket'],
  ['failed, money kept', { ...moneyBack, kept: 99_000 }, 'buy', [['confirm', failed]], '99000 won are kept'],
  ['failed, and there is a ticket', ticket, 'buy', [['confirm', failed]], 'are kept'],
  ['pending for ever', { ...ticket, payment: 'PENDING' }, 'buy', [['confirm', pending]], 'never ended'],
  ['nothing at last', ticket, 'buy', [['confirm', answer(599, 'NO_ANSWER')]], 'was never told'],
  ['a fee that is not what is kept', { ...refunded, kept: 9 }, 'return', [['return', given]], '9 are'],
])('a lie: told %s', (_what, ending, plan, told, violation) => {
  expect(judge(ending, plan, ...told).join('\n')).toContain(violation)
})
