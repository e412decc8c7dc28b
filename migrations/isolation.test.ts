import { describe, expect, test } from 'vitest'
import { outcomeOf, services, tablesOf, testRoles } from './test-roles.ts'

const { owner, as } = await testRoles()
const denied = '42501'

for (const service of services) {
  describe(`the ${service} service`, () => {
    test('reads and writes each table of its own', async () => {
      const tables = await tablesOf(owner, `${service}_service`)
      expect(tables.length).toBeGreaterThan(0)
      for (const table of tables) {
        expect(await outcomeOf(as[service], `SELECT FROM ${table} LIMIT 0`), table).toBe(0)
        expect(await outcomeOf(as[service], `DELETE FROM ${table} WHERE false`), table).toBe(0)
      }
    })

    for (const other of services.filter((candidate) => candidate !== service)) {
      test(`is refused every table of ${other}`, async () => {
        for (const table of await tablesOf(owner, `${other}_service`)) {
          expect(await outcomeOf(as[service], `SELECT FROM ${table}`), table).toBe(denied)
          expect(await outcomeOf(as[service], `SELECT count(*) FROM ${table}`), table).toBe(denied)
          expect(await outcomeOf(as[service], `DELETE FROM ${table}`), table).toBe(denied)
          expect(await outcomeOf(as[service], `INSERT INTO ${table} DEFAULT VALUES`), table).toBe(denied)
        }
      })

      test(`cannot become ${other}`, async () => {
        expect(await outcomeOf(as[service], `SET ROLE ${other}_svc_user`)).toBe(denied)
      })
    }

    test('is refused the record of migrations', async () => {
      expect(await outcomeOf(as[service], 'SELECT FROM migration.applied')).toBe(denied)
    })
  })
}
