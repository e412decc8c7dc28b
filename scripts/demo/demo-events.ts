/** Prices in won by grade. */
type Prices = Readonly<Record<'VIP' | 'S' | 'A' | 'B', number>>

interface DemoSection {
  readonly name: string
  readonly grade: keyof Prices
  readonly rows: number
  readonly seatsPerRow: number
  readonly position: { readonly x: number; readonly y: number }
}

interface DemoHall {
  readonly venue: { readonly name: string; readonly address: string; readonly city: string }
  readonly hall: string
  readonly sections: readonly DemoSection[]
}

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

const ring = (names: readonly string[], grade: DemoSection['grade'], rows: number, seatsPerRow: number, y: number) =>
  names.map((name, index): DemoSection => ({ name, grade, rows, seatsPerRow, position: { x: index * 30, y } }))

const numbered = (first: number, count: number) => Array.from({ length: count }, (_, index) => String(first + index))

/** 15,000 seats: the size of the KSPO Dome with a floor stage. */
const kspoDome: DemoHall = {
  venue: { name: 'KSPO DOME', address: '서울특별시 송파구 올림픽로 424', city: '서울' },
  hall: '메인 홀',
  sections: [
    ...ring(['F1', 'F2', 'F3', 'F4', 'F5', 'F6'], 'VIP', 20, 20, 0),
    ...ring(numbered(1, 18), 'S', 15, 20, 40),
    ...ring(numbered(101, 18), 'A', 14, 20, 80),
    ...ring(numbered(201, 9), 'B', 12, 20, 120),
  ],
}

const theatre: DemoHall = {
  venue: { name: '블루스퀘어', address: '서울특별시 용산구 이태원로 294', city: '서울' },
  hall: '소극장',
  sections: [
    ...ring(['A'], 'VIP', 10, 30, 0),
    ...ring(['B'], 'S', 10, 30, 20),
    ...ring(['C'], 'A', 10, 20, 40),
    ...ring(['D'], 'B', 10, 20, 60),
  ],
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

export type { DemoEvent, DemoHall }
