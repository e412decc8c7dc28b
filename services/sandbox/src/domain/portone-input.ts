import { z } from 'zod'

/** An amount in won as PortOne takes it: whole and not negative. */
export const wonSchema = z.int().min(0)

export const currencySchema = z.string().regex(/^[A-Z]{3}$/)

export const paymentIdSchema = z.string().min(1).max(100)

export const storeIdSchema = z.string().max(200).optional()
