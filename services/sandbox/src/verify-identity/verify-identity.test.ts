import { expect, test } from 'vitest'
import { startSandbox, type TestSandbox } from '../test-sandbox.ts'

const person = { name: '김지은', phone: '010-1234-5678', birthDate: '1999-02-03' }

const verify = (sandbox: TestSandbox, extra: Record<string, unknown> = {}) =>
  sandbox.call('POST', '/sandbox/identity-verifications', { ...person, ...extra })
const read = async (sandbox: TestSandbox, id: unknown) => sandbox.portone('GET', `/identity-verifications/${id}`)

test('a verified person is read from PortOne with ci and di drawn for them', async () => {
  const sandbox = await startSandbox()
  const [one, two] = [await verify(sandbox), await verify(sandbox)]
  expect(one.status).toBe(201)
  const found = await read(sandbox, one.body['identityVerificationId'])
  expect(found).toMatchObject({
    status: 200,
    body: {
      ...{ status: 'VERIFIED', id: one.body['identityVerificationId'], version: 'V2' },
      verifiedCustomer: { name: '김지은', phoneNumber: '01012345678', birthDate: '1999-02-03', operator: 'SKT' },
    },
  })
  const ciOf = async (id: unknown) =>
    ((await read(sandbox, id)).body['verifiedCustomer'] as { ci: string; di: string }).ci
  expect(await ciOf(one.body['identityVerificationId'])).toHaveLength(88)
  expect(await ciOf(one.body['identityVerificationId'])).not.toBe(await ciOf(two.body['identityVerificationId']))
})

test('ci and di are as asked, and absent when null', async () => {
  const sandbox = await startSandbox()
  const given = await verify(sandbox, { ci: 'ci-1', di: null })
  const { verifiedCustomer } = (await read(sandbox, given.body['identityVerificationId'])).body
  expect(verifiedCustomer).toMatchObject({ ci: 'ci-1' })
  expect(verifiedCustomer).not.toHaveProperty('di')
})

test('READY and FAILED carry no verified person', async () => {
  const sandbox = await startSandbox()
  for (const status of ['READY', 'FAILED']) {
    const given = await verify(sandbox, { status })
    const found = (await read(sandbox, given.body['identityVerificationId'])).body
    expect(found).toMatchObject({ status, requestedCustomer: { name: '김지은', birthYear: '1999', birthDay: '03' } })
    expect(found).not.toHaveProperty('verifiedCustomer')
  }
})

test('an ID is taken once, and an unknown one is not found', async () => {
  const sandbox = await startSandbox()
  await verify(sandbox, { identityVerificationId: 'iv-1' })
  expect(await verify(sandbox, { identityVerificationId: 'iv-1' })).toMatchObject({
    status: 409,
    body: { code: 'ID_TAKEN' },
  })
  expect(await read(sandbox, 'iv-2')).toMatchObject({
    status: 404,
    body: { type: 'IDENTITY_VERIFICATION_NOT_FOUND' },
  })
})
