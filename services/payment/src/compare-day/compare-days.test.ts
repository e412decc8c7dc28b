import { randomUUID } from 'node:crypto'
import { createMetrics } from '@ticket-queue/service-kit'
import { sql } from 'kysely'
import { beforeEach, describe, expect, test } from 'vitest'
import { settleFindings } from '../settle-findings/settle-findings.ts'
import { type Purchase, testPaymentService } from '../test-payment-service.ts'
import { compareDay } from './compare-day.ts'
import { compareDue } from './compare-days.job.ts'
import { dueDays, oldestDue } from './due-days.ts'
import { createWatch } from './watch-days.ts'

const service = await testPaymentService({ PORTONE_BREAKER_CALLS_MIN: '1000' })
const { db, deps, sandbox, registered, row, lookAtDue } = service
const never = new AbortController().signal
const finished = { outcome: 'finished' }

/** As if no day had ever been compared. */
beforeEach(async () => {
  await db.deleteFrom('comparisons').execute()
})

const newId = () => `tq${randomUUID().replaceAll('-', '')}`
/** Money at PortOne of which we know nothing: every comparison that reads it finds it. */
const strange = async (at: string): Promise<string> => {
  const id = newId()
  await sandbox.pay(id, { totalAmount: 55_000, at })
  return id
}
const findingsOf = async (day: string): Promise<string[]> => {
  const rows = await db
    .selectFrom('comparison_findings')
    .select('portone_payment_id')
    .where('day', '=', sql<Date>`${day}::date`)
    .execute()
  return rows.map((found) => found.portone_payment_id)
}
/** A ticket bought at PortOne at this time, and known to have been. */
const boughtAt = async (at: string): Promise<Purchase> => {
  const purchase = { ...(await registered()), portonePaymentId: newId() }
  await db
    .updateTable('payments')
    .set({
      portone_payment_id: purchase.portonePaymentId,
      status: 'SUCCESS',
      next_check_at: null,
      ...{ paid_at: new Date(at), created_at: new Date(at), compared_at: new Date(at) },
    })
    .where('id', '=', purchase.paymentId)
    .execute()
  await sandbox.pay(purchase.portonePaymentId, { totalAmount: 198_000, at })
  return purchase
}
const today = async () => {
  const { rows } = await sql<{ day: string }>`SELECT (now() AT TIME ZONE 'Asia/Seoul')::date::text AS day`.execute(db)
  return rows[0]?.day ?? ''
}

describe('a day is a day in Korea', () => {
  test('a minute before and after midnight are different days', async () => {
    const [last, first] = [await strange('2026-03-10T23:59:00+09:00'), await strange('2026-03-11T00:01:00+09:00')]
    expect(await compareDay(deps, '2026-03-10', never)).toMatchObject(finished)
    expect(await findingsOf('2026-03-10')).toEqual([last])
    expect(await compareDay(deps, '2026-03-11', never)).toMatchObject(finished)
    expect(await findingsOf('2026-03-11')).toEqual([first])
  })

  test('what is opened in the last hour and not listed is asked about with the next day', async () => {
    const [early, late] = [await boughtAt('2026-03-20T22:59:59+09:00'), await boughtAt('2026-03-20T23:00:00+09:00')]
    for (const { paymentId } of [early, late]) {
      const unlisted = { compared_at: null, portone_payment_id: newId() }
      await db.updateTable('payments').set(unlisted).where('id', '=', paymentId).execute()
    }
    const isAsked = async (purchase: Purchase) => (await row(purchase)).compared_at !== null
    await compareDay(deps, '2026-03-20', never)
    expect([await isAsked(early), await isAsked(late)]).toEqual([true, false])
    await compareDay(deps, '2026-03-21', never)
    expect(await isAsked(late)).toBe(true)
  })

  test.each([
    ['2026-03-10T15:29:59Z', '2026-03-09'],
    ['2026-03-10T15:30:00Z', '2026-03-10'],
    ['2026-03-11T14:59:59Z', '2026-03-10'],
  ])('at %s the newest day to compare is %s: half an hour after its end', async (now, day) => {
    const due = await dueDays(db, { limit: 30, now: sql<Date>`${now}::timestamptz` })
    expect([due.length, due.at(-1)]).toEqual([7, day])
    expect(due.toSorted()).toEqual(due)
  })
})

test('more payments than a page holds: every page is read, whoever goes on with it', async () => {
  const paid: string[] = []
  for (const minute of [10, 11, 12, 13, 14]) paid.push(await strange(`2026-04-01T12:${minute}:00+09:00`))
  const pages: number[] = []
  const portone: typeof deps.portone = {
    ...deps.portone,
    list: async (span) => {
      pages.push(span.page)
      if (pages.length === 3) return { outcome: 'unknown', why: 'away for a moment', breakerOpen: false }
      return deps.portone.list(span)
    },
  }
  expect(await compareDay({ ...deps, portone }, '2026-04-01', never, 2)).toMatchObject({ outcome: 'unclear' })
  expect(await compareDay({ ...deps, portone }, '2026-04-01', never, 2)).toMatchObject(finished)
  expect((await findingsOf('2026-04-01')).toSorted()).toEqual(paid.toSorted())
  // Counted, then from the last to the first; once by what was made, once by what has changed.
  expect(pages).toEqual([0, 2, 1, 1, 0, 0, 2, 1, 0])
})

test('a ticket bought weeks ago whose money has gone back there today, and no webhook came: REFUNDED after the day is compared', async () => {
  const purchase = await boughtAt(new Date(Date.now() - 20 * 86_400_000).toISOString())
  await sandbox.cancelInConsole(purchase.portonePaymentId, 198_000)
  expect(await compareDay(deps, await today(), never)).toMatchObject(finished)
  expect(await lookAtDue()).toContain(purchase.paymentId)
  expect(await row(purchase)).toMatchObject({ status: 'REFUNDED', refund_amount: 198_000 })
  await db.updateTable('comparison_findings').set({ next_look_at: sql<Date>`now()` }).execute()
  await settleFindings(deps)
})

describe('days are not forgotten', () => {
  test('a day that is not finished stays due for ever, and those between', async () => {
    const { rows } = await sql<{ day: string }>`
      INSERT INTO comparisons (day, listed_from, listed_until)
      SELECT (now() AT TIME ZONE 'Asia/Seoul')::date - 40, now(), now() RETURNING day::text AS day`.execute(db)
    const due = await dueDays(db, { limit: 100 })
    expect(due.length).toBeGreaterThanOrEqual(39)
    expect(due).toContain(rows[0]?.day)
  })

  test('one that PortOne never tells of, or that fails, holds up none: tried again after the others', async () => {
    await db
      .insertInto('comparisons')
      .values({
        day: sql<Date>`(now() AT TIME ZONE 'Asia/Seoul')::date - 12`,
        listed_from: sql<Date>`now()`,
        listed_until: sql<Date>`now()`,
      })
      .execute()
    const all = (await dueDays(db, { limit: 100 })).toSorted()
    const [broken, ...silent] = all.slice(0, 9)
    const listing: typeof deps.portone.list = async (span) => {
      const [day] = await db
        .selectFrom('comparisons')
        .select(sql<string>`day::text`.as('day'))
        .orderBy('tried_at', 'desc')
        .execute()
      if (silent.includes(day?.day ?? '')) return { outcome: 'unknown', why: 'no right to list', breakerOpen: false }
      if (day?.day === broken) throw new Error('a list that cannot be read')
      return deps.portone.list(span)
    }
    const hampered = { ...deps, portone: { ...deps.portone, list: listing } }
    for (let runs = 0; runs < 3; runs += 1) await compareDue(hampered, never)
    expect((await dueDays(db, { limit: 100 })).toSorted()).toEqual(all.slice(0, 9))
    for (let runs = 0; runs < 2; runs += 1) await compareDue(deps, never)
    expect(await dueDays(db, { limit: 100 })).toEqual([])
  })

  test('how long the oldest has been over is a figure, and more than a day an error in the log, told once', async () => {
    const metrics = createMetrics('days')
    const errors = () =>
      service.logged.map((line) => JSON.parse(line)).filter(({ msg }) => /not been compared/.test(msg))
    const watch = createWatch({ ...deps, metrics })
    const figure = async () => {
      await watch()
      const name = /^payment_comparison_oldest_day_age_seconds\{[^}]*\} (\d+)/m
      return Number(name.exec(await metrics.metrics())?.[1])
    }
    const { day, ageSeconds } = await oldestDue(db)
    expect(await figure()).toBeCloseTo(ageSeconds, -2)
    expect(ageSeconds).toBeGreaterThan(6 * 86_400)
    for (let looks = 0; looks < 3; looks += 1) await watch()
    expect(errors()).toMatchObject([{ level: 'error', day, days: 7 }])
    await compareDue(deps, never)
    expect(await figure()).toBe(0)
    expect(errors()).toHaveLength(1)
  })
})
