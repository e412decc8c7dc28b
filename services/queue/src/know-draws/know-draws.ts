import type { DrawDeps } from '../place-in-draw.ts'

const loadedMax = 3
const dayMs = 86_400_000

/**
 * Asks PostgreSQL for the draws, and has the rosters of those under way in memory before anybody asks for a place in them. Rejects
 * while PostgreSQL is away; what was known stays.
 */
export async function knowDraws({ draws, rosters }: DrawDeps): Promise<void> {
  await draws.refresh()
  const nowMs = draws.databaseNowMs()
  const underWay = draws.all().filter(({ closed, closesAtMs }) => closed !== null && closesAtMs > nowMs - dayMs)
  for (const draw of underWay.slice(0, loadedMax)) await rosters.load(draw)
}
