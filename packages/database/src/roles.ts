/** The database role of each service that has a schema (data.md, PostgreSQL). */
export const serviceRoles = {
  user: 'user_svc_user',
  event: 'event_svc_user',
  queue: 'queue_svc_user',
  reservation: 'reservation_svc_user',
  payment: 'payment_svc_user',
} as const

export type ServiceRole = (typeof serviceRoles)[keyof typeof serviceRoles]
export type RolePasswords = Record<ServiceRole, string>

/** Passwords for a laptop and for tests: each role's own name. Never for a database that others can reach. */
export const developmentPasswords: RolePasswords = {
  user_svc_user: 'user_svc_user',
  event_svc_user: 'event_svc_user',
  queue_svc_user: 'queue_svc_user',
  reservation_svc_user: 'reservation_svc_user',
  payment_svc_user: 'payment_svc_user',
}

/** The owner's URL with a service role in place of the owner; the password is the development one unless given. */
export const roleUrl = (ownerUrl: string, role: ServiceRole, password: string = developmentPasswords[role]): string => {
  const url = new URL(ownerUrl)
  url.username = encodeURIComponent(role)
  url.password = encodeURIComponent(password)
  return url.href
}
