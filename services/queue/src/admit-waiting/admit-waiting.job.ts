import { type Job, startJob } from '@ticket-queue/service-kit'
import { type AdmitWaitingDeps, admitWaiting } from './admit-waiting.ts'

/** Admits every `tickMs` until closed. */
export const admitWaitingJob = (deps: AdmitWaitingDeps, tickMs: number): Job =>
  startJob({ name: 'admit-waiting', everyMs: tickMs, log: deps.log, run: () => admitWaiting(deps) })
