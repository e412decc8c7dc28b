import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, expect, test } from 'vitest'
import { asBearer, outcome, testUserService } from '../test-user-service.ts'

/** Another process's place: the queue service's internal port. */
const told: string[] = []
let status = 204
const queue = createServer((request, response) => {
  let text = ''
  request.on('data', (chunk) => {
    text += chunk
  })
  request.on('end', () => {
    told.push(`${request.method} ${request.url} ${text}`)
    response.writeHead(status).end()
  })
}).listen(0, '127.0.0.1')
await new Promise((resolve) => queue.once('listening', resolve))
afterAll(() => void queue.close())

const service = await testUserService({
  QUEUE_INTERNAL_URL: `http://127.0.0.1:${(queue.address() as AddressInfo).port}`,
})
const logOut = (accessToken: string) => service.post('/auth/logout', undefined, asBearer(accessToken))

test('who logs out gives up the place in the queue, but not while another device is still logged in', async () => {
  const { id, email, password, accessToken } = await service.loggedIn()
  const other = (await service.logIn(email, password)).json<{ accessToken: string }>()
  const ofThis = () => told.filter((call) => call.includes(id))
  status = 204
  await logOut(accessToken)
  expect(ofThis()).toEqual([])
  await logOut(other.accessToken)
  expect(ofThis()).toEqual([`DELETE /internal/places ${JSON.stringify({ userId: id })}`])
})

test('log-out succeeds whether or not the queue can be told', async () => {
  status = 503
  const { accessToken } = await service.loggedIn()
  expect(outcome(await logOut(accessToken))).toBe('204')
  expect(service.logged.join('')).toContain('the queue was not told of a log-out')
})
