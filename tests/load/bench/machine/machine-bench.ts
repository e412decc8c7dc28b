import type { Bench } from '../findings.ts'

/** Measures the machine alone: every bench does so first. */
export const machineBench: Bench = {
  name: 'machine',
  measures: [
    { id: 'F', what: 'bare Fastify answering fixed JSON, requests/s', target: '–' },
    { id: 'G', what: 'minimal proxy (JWT, Redis read) to a Fastify with one Lua, requests/s', target: '–' },
    { id: 'D', what: 'PostgreSQL commits/s of 3 inserts, 16 connections', target: '–' },
  ],
  run: async () => ({ findings: [], loads: [], notes: [] }),
}
