import { expect, test } from 'vitest'
import { createLoadMeter } from './load-meter.ts'

test('nothing measured is no figure, not zero', () => {
  expect(createLoadMeter().report(0)).toEqual({ confirmations: 0, confirmP95Ms: null, errorShare: null, inFlight: 0 })
})

test('the report is of the last minute: how many, how slow, how many badly, how many under way', () => {
  const meter = createLoadMeter()
  meter.begin(0)(900, 'badly')
  for (let n = 1; n <= 20; n += 1) meter.begin(100_000)(100_000 + n * 10, n > 15 ? 'badly' : 'well')
  meter.begin(100_000)
  expect(meter.report(101_000)).toEqual({ confirmations: 20, confirmP95Ms: 190, errorShare: 0.25, inFlight: 1 })
  expect(meter.report(500_000)).toMatchObject({ confirmations: 0, inFlight: 1 })
})

test('memory stays bounded however many there are', () => {
  const meter = createLoadMeter()
  for (let n = 0; n < 100_000; n += 1) meter.begin(n / 10)(n / 10, 'well')
  expect(meter.report(10_000).confirmations).toBe(20_000)
})
