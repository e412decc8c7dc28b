import { problemSchema } from '@ticket-queue/contracts/errors'

const problem = problemSchema.meta({ id: 'Problem', description: 'RFC 9457 problem details' })

/** The refusals any route may answer; spread it into a route's `response` and add the route's own by status. */
export const commonResponses = {
  400: problem,
  401: problem,
  403: problem,
  404: problem,
  409: problem,
  422: problem,
  429: problem,
  500: problem,
  503: problem,
}
