// Writes the recording of a long run that never was: `node native-bench/make-recording.mjs FILE [SECONDS] [RATE]`, an hour at 50,000 messages a
// second unless told otherwise. For trying what is made of recordings: `stampede report FILE --as html -o hour.html`.
import { closeSync, openSync, writeSync } from 'node:fs'
import { longLines } from '../test-dist/report/hour.js'

const [file, seconds = '3600', rate = '50000'] = process.argv.slice(2)
if (file === undefined || !(Number(seconds) >= 1) || !(Number(rate) >= 1)) {
  console.error('usage: node native-bench/make-recording.mjs FILE [SECONDS] [RATE]')
  process.exit(2)
}
const descriptor = openSync(file, 'w')
for (const line of longLines({ seconds: Number(seconds), rate: Number(rate) }))
  writeSync(descriptor, `${JSON.stringify(line)}\n`)
closeSync(descriptor)
