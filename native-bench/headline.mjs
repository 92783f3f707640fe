// node native-bench/headline.mjs RESULT.json: the table of targets as Markdown, with the machine named, for the README.
import { readFileSync } from 'node:fs'
import { headlineTable, machineLine } from './render.mjs'

const [file] = process.argv.slice(2)
if (!file) {
  console.error('usage: node native-bench/headline.mjs RESULT.json')
  process.exit(2)
}
const result = JSON.parse(readFileSync(file, 'utf8'))
if (result.quick) console.error('This was a quick run: its figures are too short to be quoted.')
console.log(headlineTable(result).join('\n'))
console.log(
  `\n${machineLine(result)}. ${result.options.runs} interleaved pairs a row, medians, whole processes with their start-up.`,
)
