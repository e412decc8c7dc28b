import { z } from 'zod'

/** The code as scanned: longer than any real one may be, so that a scanner learns that it is none. */
export const ticketCodeSchema = z.string().min(1).max(400)

/** What staff call the gate, such as `North 3`. */
export const gateSchema = z.string().trim().min(1).max(40)
