/**
 * How far a draw has come, as callers tell it to the scripts. Between the first two Redis alone knows the moment of closing.
 * `decided`: drawn, or given up, so that the entry order stands.
 */
export const drawStages = { committed: 1, closed: 3, decided: 4 } as const

/** What a process knows of the draw of a schedule. */
export interface ToldDraw {
  /** A UUID of version 7: of two draws of a schedule the later one counts. */
  readonly id: string
  readonly stage: (typeof drawStages)[keyof typeof drawStages]
  /** When the pre-queue opens, µs. */
  readonly opensUs: number
  /** When the roster closed, µs; 0 while it is open. */
  readonly closedUs: number
}

/** The last place that a draw can give: they are 1, 2, … instead of moments in µs, so that each is before every moment. */
export const drawnPlaceMax = 16_777_215

/** The argument `draw` of a script (parts/draw.lua). */
export const textOfDraw = (draw: ToldDraw | null | undefined): string =>
  draw === null || draw === undefined ? '' : `${draw.id} ${draw.stage} ${draw.opensUs} ${draw.closedUs}`
