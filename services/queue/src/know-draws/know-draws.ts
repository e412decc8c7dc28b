import { loadedMax } from '../drawn-rosters.ts'
import { drawsUnderWay } from '../known-draws.ts'
import type { DrawDeps } from '../place-in-draw.ts'

/**
 * Asks PostgreSQL for the draws, and has the rosters of those under way in memory before anybody asks for a place in them. Rejects
 * while PostgreSQL is away; what was known stays.
 */
export async function knowDraws({ draws, rosters }: DrawDeps): Promise<void> {
  await draws.refresh()
  for (const draw of drawsUnderWay(draws).slice(0, loadedMax)) await rosters.load(draw)
}
