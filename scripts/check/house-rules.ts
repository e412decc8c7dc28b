import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A rule over the text of files that no linter holds: where it applies, what it refuses, how to mend it. */
interface TextRule {
  readonly name: string
  readonly applies: (file: string) => boolean
  readonly refuses: RegExp
  readonly fix: string
}

const root = dirname(dirname(import.meta.dirname))
const isTest = (file: string) => /(\.test|\/test-[^/]+)\.ts$/.test(file) || file.startsWith('tests/')
const isService = (file: string) => /^services\/[^/]+\/src\//.test(file)
const isCode = (file: string) => /\.(ts|tsx|mjs)$/.test(file) && !file.endsWith('store/database.ts')
const thisFile = 'scripts/check/house-rules.ts'

const textRules: readonly TextRule[] = [
  {
    name: 'time that decides',
    applies: (file) => isService(file) && !isTest(file) && !file.startsWith('services/sandbox/'),
    refuses: /\bDate\.now\(\)/,
    fix: 'ask the database (now()) or Redis (TIME); for durations use performance.now()',
  },
  {
    name: 'Redis KEYS is forbidden',
    applies: (file) => isCode(file) || file.endsWith('.lua'),
    refuses: /call\(['"]KEYS['"]|(?:redis|client)\.keys\(/,
    fix: 'keep a set of the members, as queue:schedules does',
  },
  {
    name: 'tests do not sleep',
    applies: (file) => file.endsWith('.test.ts'),
    refuses: /setTimeout\((?:resolve|done|r)\b|timers\/promises|\bsleep\(/,
    fix: 'wait for the state itself with waitUntil of @ticket-queue/testing',
  },
  {
    name: 'what a test file has is its own',
    applies: (file) => /(\.test|\/test-[^/]+)\.ts$/.test(file),
    refuses: /\$\{process\.pid\}/,
    fix: 'name it by random bytes: test files share a process, one after the other',
  },
  {
    name: 'signals and exit belong to service-kit',
    applies: (file) =>
      (isService(file) && !isTest(file)) || /^packages\/(redis|database|messaging|contracts)\//.test(file),
    refuses: /process\.(exit\(|on\(['"]SIG)/,
    fix: 'throw, or register the resource with own(): runService ends the process',
  },
  {
    name: 'one spelling of an ID',
    applies: (file) => file.endsWith('.route.ts') && !file.startsWith('services/sandbox/'),
    refuses: /z\.(uuid|guid)\(/,
    fix: 'use idSchema of @ticket-queue/contracts/ids: Redis keys know no upper and lower case alike',
  },
  {
    name: 'unfinished words',
    applies: (file) => isCode(file) || /\.(lua|sql)$/.test(file),
    refuses: /\b(TODO|FIXME|XXX|HACK)\b|keep in sync/,
    fix: 'finish it, or open an issue',
  },
]

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && file !== thisFile && existsSync(join(root, file)))

const problems = files.flatMap((file) => problemsOf(file))
for (const problem of problems) console.log(problem)
process.exitCode = problems.length === 0 ? 0 : 1

function problemsOf(file: string): string[] {
  if (!isCode(file) && !/\.(lua|sql)$/.test(file)) return namingProblems(file)
  const lines = readFileSync(join(root, file), 'utf8').split('\n')
  return [...namingProblems(file), ...lengthProblems(file, lines.length - 1), ...textProblems(file, lines)]
}

function textProblems(file: string, lines: readonly string[]): string[] {
  return textRules
    .filter((rule) => rule.applies(file))
    .flatMap((rule) =>
      lines.flatMap((line, index) =>
        rule.refuses.test(line) ? [`${file}:${index + 1}  ${rule.name}: ${rule.fix}`] : [],
      ),
    )
}

function lengthProblems(file: string, count: number): string[] {
  const limit = lengthLimit(file)
  return count > limit ? [`${file}  has ${count} lines, the limit is ${limit}: split it by what it does`] : []
}

function lengthLimit(file: string): number {
  if (/^services\/[^/]+\/src\/main\.ts$/.test(file)) return 40
  if (file.endsWith('.lua')) return 80
  if (file.endsWith('schema.sql')) return Number.POSITIVE_INFINITY
  return 300
}

function namingProblems(file: string): string[] {
  const bad = /(^|\/)(common|shared|core|utils?|helpers?)(\/|\.ts$)/.exec(file)
  if (!bad || file.startsWith('migrations/common/')) return []
  return [`${file}  is named "${bad[2]}": name it for what it does`]
}
