export { type DatabaseService, type TestDatabase, testDatabase } from './test-database.ts'
export { testRedis } from './test-redis.ts'
export type { TestStack } from './test-stack.ts'
export { type WaitOptions, waitUntil } from './wait-until.ts'
