import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{packages,services,migrations,lua,scripts,tests}/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'services/web/**'],
    globalSetup: ['packages/testing/src/global-setup.ts'],
    pool: 'forks',
    // What files share is loaded once a worker: loading it for each costs more than many of them.
    isolate: false,
    maxWorkers: 2,
    // Tests that need a certain order hide what they depend on.
    sequence: { shuffle: true },
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
