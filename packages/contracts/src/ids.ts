import { z } from 'zod'

/**
 * An ID in a request: a UUID in lower case however it was sent. PostgreSQL takes both spellings for one, but a key in Redis
 * does not: a second spelling would be a second queue, or a second lock of one seat.
 */
export const idSchema = z.uuid().toLowerCase()
