type Grade = 'VIP' | 'S' | 'A' | 'B'

/** A section as the API takes it in a seat template. */
interface DemoSection {
  readonly name: string
  readonly grade: Grade | readonly Grade[]
  readonly rows: number
  readonly seatsPerRow: number | readonly number[]
  readonly position: { readonly x: number; readonly y: number; readonly angleDegrees?: number }
  readonly curve?: { readonly radius: number; readonly arcDegrees?: number }
  readonly rowSpacing?: number
  readonly aisles?: readonly number[]
  readonly accessible?: readonly string[]
  readonly companions?: readonly string[]
  readonly restrictedView?: readonly string[]
}

export interface DemoHall {
  readonly venue: { readonly name: string; readonly address: string; readonly city: string }
  readonly hall: string
  readonly sections: readonly DemoSection[]
}

/** How many seats a hall has, as the API wants to hear it. */
export const capacityOf = (hall: DemoHall): number =>
  hall.sections.reduce((sum, { rows, seatsPerRow }) => {
    const seats = typeof seatsPerRow === 'number' ? rows * seatsPerRow : seatsPerRow.reduce((all, row) => all + row, 0)
    return sum + seats
  }, 0)

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))

/** A tier of blocks on arcs around the floor, from one side of the stage round to the other. */
function tier(options: {
  first: number
  blocks: number
  grade: Grade
  rows: number
  seatsPerRow: number
  radius: number
}): DemoSection[] {
  const { first, blocks, grade, rows, seatsPerRow, radius } = options
  const sweepDegrees = 270
  const shareDegrees = sweepDegrees / blocks
  return times(blocks, (index) => {
    const atEnd = index === 0 || index === blocks - 1
    return {
      name: String(first + index),
      grade,
      rows,
      seatsPerRow,
      position: { x: 0, y: 0, angleDegrees: (index + 0.5) * shareDegrees - sweepDegrees / 2 },
      curve: { radius, arcDegrees: shareDegrees - 2 },
      rowSpacing: 1.7,
      ...(atEnd ? { restrictedView: times(rows, (row) => `${row + 1}-${index === 0 ? seatsPerRow : 1}`) } : {}),
    }
  })
}

/** The floor: blocks of chairs in front of the stage, the first row of the last ones for wheelchairs and who comes along. */
const floor: DemoSection[] = times(6, (index) => {
  const [column, line] = [index % 3, Math.floor(index / 3)]
  const back = line === 1
  return {
    name: `F${index + 1}`,
    grade: 'VIP',
    rows: 20,
    seatsPerRow: 20,
    position: { x: column * 24 - 34, y: line * 33 - 26 },
    rowSpacing: 1.4,
    aisles: [10],
    ...(back ? { accessible: ['20-1', '20-3', '20-17', '20-19'], companions: ['20-2', '20-4', '20-18', '20-20'] } : {}),
  }
})

/** 15,000 seats: the size of the KSPO Dome with a stage at one end, three tiers around the floor. */
export const kspoDome: DemoHall = {
  venue: { name: 'KSPO DOME', address: '서울특별시 송파구 올림픽로 424', city: '서울' },
  hall: '메인 홀',
  sections: [
    ...floor,
    ...tier({ first: 1, blocks: 18, grade: 'S', rows: 15, seatsPerRow: 16, radius: 66 }),
    ...tier({ first: 101, blocks: 18, grade: 'A', rows: 14, seatsPerRow: 20, radius: 95 }),
    ...tier({ first: 201, blocks: 18, grade: 'B', rows: 9, seatsPerRow: 20, radius: 122 }),
  ],
}

/** Three blocks of rows on arcs before the stage: as many seats in each row as fit. */
function blocks(options: {
  names: readonly [string, string, string]
  grades: readonly Grade[]
  radius: number
}): readonly [DemoSection, DemoSection, DemoSection] {
  const rowSpacing = 1.8
  const { names, grades, radius } = options
  const block = (name: string, arcDegrees: number, angleDegrees: number): DemoSection => ({
    name,
    grade: grades,
    rows: grades.length,
    seatsPerRow: grades.map((_, row) => Math.floor(((radius + row * rowSpacing) * arcDegrees * Math.PI) / 180)),
    position: { x: 0, y: 0, angleDegrees },
    curve: { radius, arcDegrees },
    rowSpacing,
  })
  return [block(names[0], 20, 25), block(names[1], 26, 0), block(names[2], 20, -25)]
}

const stalls = blocks({
  names: ['A', 'B', 'C'],
  grades: [...times(5, () => 'VIP' as const), ...times(6, () => 'S' as const), ...times(5, () => 'A' as const)],
  radius: 20,
})
const gallery = blocks({ names: ['D', 'E', 'F'], grades: times(6, () => 'B' as const), radius: 55.8 })

/** 1,000 seats in curved rows before the stage, grades by row, a gallery behind. */
export const theatre: DemoHall = {
  venue: { name: '블루스퀘어', address: '서울특별시 용산구 이태원로 294', city: '서울' },
  hall: '소극장',
  sections: [
    stalls[0],
    { ...stalls[1], accessible: ['16-1', '16-21'], companions: ['16-2', '16-20'] },
    stalls[2],
    { ...gallery[0], restrictedView: ['1-1', '2-1'] },
    gallery[1],
    gallery[2],
  ],
}
