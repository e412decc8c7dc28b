import { ReplyError } from 'ioredis'

/** Redis' words for a server that takes no call of the kind from anybody at the moment. */
const nobodyMay = /^(READONLY|LOADING|MASTERDOWN|NOREPLICAS|MISCONF|OOM|CLUSTERDOWN|TRYAGAIN|BUSY) /

/** Whether an error of a call says that Redis gave no answer, or takes no such call from anybody: the next one would end alike. */
export const isAway = (error: unknown): boolean => {
  if (error instanceof ReplyError) return nobodyMay.test(String(Object(error).message))
  return (
    error instanceof Error &&
    /^(Connection is closed|Stream isn't writeable|Command timed out)|^Reached the max retries/.test(error.message)
  )
}
