import { runVerify, verifyUsage } from './verify-draw/verify-draw.ts'

// `npm run queue -- verify <draw.json> <roster.ndjson>`: a published draw, recomputed from its files alone.
const [command, ...rest] = process.argv.slice(2)
if (command === 'verify') {
  process.exitCode = await runVerify(rest, {
    // npm runs every script in the root of the repository; files are named from where the person stands.
    directory: process.env['INIT_CWD'] ?? process.cwd(),
    print: (text) => console.log(text),
  })
} else {
  console.log(verifyUsage)
  process.exitCode = 1
}
