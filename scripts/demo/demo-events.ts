import { type DemoHall, kspoDome, theatre } from './demo-halls.ts'

/** Prices in won by grade. */
type Prices = Readonly<Record<'VIP' | 'S' | 'A' | 'B', number>>

interface DemoEvent {
  readonly key: 'onSale' | 'openingSoon' | 'ended'
  readonly title: string
  readonly artist: string
  readonly description: string
  readonly hall: DemoHall
  readonly prices: Prices
  /** Hours from now. */
  readonly saleStartHours: number
  readonly saleEndHours: number
  readonly startHours: number
}

const prices: Prices = { VIP: 198_000, S: 165_000, A: 132_000, B: 99_000 }
const day = 24

/** The three events of the demo: one on sale now, one opening in ten minutes, one over. */
export const demoEvents: readonly DemoEvent[] = [
  {
    key: 'onSale',
    title: 'LUMINA World Tour: Seoul',
    artist: 'LUMINA',
    description: '지금 예매할 수 있는 공연입니다. On sale now: the crowd and the README use it.',
    hall: kspoDome,
    prices,
    saleStartHours: -1,
    saleEndHours: 60 * day,
    startHours: 61 * day,
  },
  {
    key: 'openingSoon',
    title: 'NOVA Acoustic Night',
    artist: 'NOVA',
    description: '십 분 뒤에 예매가 열립니다. The sale opens ten minutes after the first start.',
    hall: theatre,
    prices: { VIP: 121_000, S: 99_000, A: 77_000, B: 55_000 },
    saleStartHours: 1 / 6,
    saleEndHours: 30 * day,
    startHours: 31 * day,
  },
  {
    key: 'ended',
    title: 'HARU Farewell Stage',
    artist: 'HARU',
    description: '끝난 공연입니다. Over: shows what a past event looks like.',
    hall: theatre,
    prices: { VIP: 110_000, S: 88_000, A: 66_000, B: 44_000 },
    saleStartHours: -40 * day,
    saleEndHours: -11 * day,
    startHours: -10 * day,
  },
]

export type { DemoEvent }
