/** Who may import whom (docs/STYLE.md). Each rule's comment is printed with the violation and says what to do instead. */
const only = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })
const test = '\\.test\\.ts$|/test-[^/]+\\.ts$'

module.exports = {
  forbidden: [
    only('no-cycles', 'Two modules that need each other are one, or a third is missing.', {}, { circular: true }),
    only(
      'packages-know-no-services',
      'Move what is shared into the package, or keep it in the service.',
      { path: '^packages/' },
      { path: '^services/' },
    ),
    only(
      'services-are-separate',
      'Services talk by events and internal HTTP: put the schema into packages/contracts.',
      { path: '^services/([^/]+)/' },
      { path: '^services/', pathNot: '^services/$1/' },
    ),
    only(
      'contracts-import-zod-alone',
      'contracts is what services say, nothing else.',
      { path: '^packages/contracts/', pathNot: test },
      { pathNot: ['^packages/contracts/', 'node_modules/zod/', 'node_modules/.pnpm/zod@'] },
    ),
    only(
      'pg-only-in-database',
      'Use @ticket-queue/database.',
      { pathNot: '^packages/(database|stack)/' },
      { path: 'node_modules/(.pnpm/)?pg[@/]', dependencyTypesNot: ['type-only'] },
    ),
    only(
      'ioredis-only-in-redis',
      'Use @ticket-queue/redis.',
      { pathNot: '^packages/redis/' },
      { path: 'node_modules/(.pnpm/)?(ioredis|redlock)[@/]' },
    ),
    only(
      'kafkajs-only-in-messaging',
      'Use @ticket-queue/messaging.',
      { pathNot: '^packages/messaging/' },
      { path: 'node_modules/(.pnpm/)?kafkajs[@/]' },
    ),
    only(
      'testing-only-in-tests',
      'Production code does not know that it is tested.',
      { path: '^(packages|services|lua)/', pathNot: [test, '^packages/testing/'] },
      { path: '^packages/testing/' },
    ),
    only(
      'lua-imports-redis-alone',
      'A script wrapper needs only the script loader and zod.',
      { path: '^lua/', pathNot: test },
      { path: '^(packages|services)/', pathNot: '^packages/redis/' },
    ),
    only(
      'domain-is-pure',
      'Rules take values: do the I/O in the use case.',
      { path: '^services/[^/]+/src/domain/', pathNot: test },
      {
        path: [
          '^services/[^/]+/src/(?!domain/)',
          '^packages/(?!contracts/)',
          'node_modules/(.pnpm/)?(fastify|kysely|ioredis|pg|undici)[@/]',
        ],
      },
    ),
    only(
      'store-knows-no-slices',
      'A query that slices share takes the handle and values.',
      { path: '^services/[^/]+/src/store/', pathNot: test },
      { path: ['^services/[^/]+/src/(?!store/|domain/)', 'node_modules/(.pnpm/)?fastify[@/]'] },
    ),
    only(
      'slices-are-separate',
      'What two slices share is a rule (domain/) or a query (store/).',
      { path: '^services/([^/]+)/src/([a-z]+-[a-z-]+)/', pathNot: test },
      { path: '^services/$1/src/[a-z]+-[a-z-]+/', pathNot: '^services/$1/src/$2/' },
    ),
    only(
      'slices-do-not-import-main',
      'main and app know the slices, not the other way round.',
      { path: '^services/([^/]+)/src/[a-z-]+/', pathNot: test },
      { path: '^services/$1/src/(main|app)\\.ts$' },
    ),
    only(
      'routes-call-their-use-case',
      'A route or consumer parses and calls; stores belong to the use case.',
      { path: '\\.(route|consumer)\\.ts$' },
      { path: ['/store/', 'node_modules/(.pnpm/)?kysely[@/]'], dependencyTypesNot: ['type-only'] },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(node_modules|\\.stack|dist)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.mjs', '.js'],
    },
  },
}
