import { drawTable } from '@ticket-queue/scripts/draw-table'
import { reportBooks, reportPeople } from '../load/crowd/report.ts'
import type { Outage, OutageReport } from './outages.ts'

/** What a person reads after an outage. */
export function reportOutage({ store, awayMs }: Outage, report: OutageReport): string {
  const { acknowledged, askedAgain } = report.meanwhile
  const again = Object.entries(askedAgain).map(([what, count]) => `${what} ×${count}`)
  const rows = [
    [`${store} was away`, `${awayMs / 1000} s`],
    ['buyers', String(report.buyers)],
    ['holds, payments and confirmations acknowledged meanwhile', String(acknowledged)],
    ['asked again meanwhile', again.join(', ') || 'nothing'],
    ['events that waited when it was back', String(report.backlog)],
    ['until all of them were applied', report.drainedMs === null ? 'not drained' : `${report.drainedMs / 1000} s`],
  ]
  const people = reportPeople(report.measures, 0).split('\n').slice(0, -2).join('\n')
  return [drawTable(['outage', ''], rows), '', people, '', reportBooks(report.rules)].join('\n')
}
