import { z } from 'zod'

/** A person's own profile as the API gives it. */
export const profileSchema = z.object({
  id: z.uuid(),
  email: z.string(),
  name: z.string(),
  phone: z.string().nullable(),
  role: z.enum(['USER', 'ADMIN']),
  createdAt: z.iso.datetime({ offset: true }),
})
