import type { FastifyReply } from 'fastify'
import { type PortoneErrorType, portoneErrorBody, portoneErrors } from '../domain/portone-errors.ts'

/** Answers with PortOne's error body and the status that belongs to the type. */
export function refuse(reply: FastifyReply, type: PortoneErrorType, message?: string): FastifyReply {
  return reply.code(portoneErrors[type].status).send(portoneErrorBody(type, { message }))
}
