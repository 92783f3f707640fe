import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { call } from '../door/subject.js'
import { missing, need } from '../peer/distribution.js'
import { ORIGINAL } from '../peer/run-program.js'
import { type Cell, cells, type FaultStage, rules } from '../wire/expectations.js'

const reason = missing('smtp-source')

/** The original's words for a refusal and for a loss at each stage. */
const WORDS: { readonly [stage in FaultStage]?: readonly [string, string] } = {
  greeting: ['rejected at server banner', 'reading server greeting'],
  hello: ['HELO rejected', 'sending HELO'],
  mail: ['sender rejected', 'sending sender'],
  rcpt: ['recipient rejected', 'sending recipient'],
  data: ['data rejected', 'sending DATA command'],
  body: ['end of data rejected', 'sending message'],
  dot: ['end of data rejected', 'sending message'],
  quit: ['', 'sending message'],
}

/** How the original ends in a cell; null where it waits for ever or reads without end. */
function ending({ stage, kind }: Cell): string | null {
  const [refusal, loss] = WORDS[stage]!
  switch (kind) {
    case 'reset':
    case 'close':
    case 'half-close':
      return `lost connection while ${loss}`
    case 'garbage':
      // The client is busy writing, and the server answers no more.
      if (stage === 'body') return null
      return stage === 'quit' ? '' : `${refusal}: 0 HTTP/1.1 400 Bad Request`
    case 'wrong code':
      return stage === 'quit' ? '' : `${refusal}: ${stage === 'data' ? '250 2.0.0 what' : '354 what'}`
    case '4xx':
      return stage === 'quit' ? '' : `${refusal}: 451 4.3.0 later`
    case '5xx':
      return stage === 'quit' ? '' : `${refusal}: 550 5.7.1 no`
    case '421 and close':
      if (stage === 'quit') return ''
      return stage === 'body' ? null : `${refusal}: 421 4.3.2 closing`
    default:
      return null
  }
}

// Shows that the scripted server misbehaves where and how the fault table says: the original names the stage in its last words.
describe('the fault table’s server, seen by the distribution’s smtp-source', { concurrency: 8, skip: reason }, () => {
  before(() => need('smtp-source'))
  const told = cells().filter((cell) => cell.mode === 'lock-step' && cell.stage in WORDS && ending(cell) !== null)
  for (const cell of told) {
    it(`${cell.kind} at ${cell.stage}`, async () => {
      const length = cell.stage === 'body' ? `${16 << 20}` : '500'
      const argv = ['-M', 'h.example', '-l', length, '-m', '1']
      const seen = await call(ORIGINAL, { argv, server: { rules: rules(cell), keep: 1 << 16 } })
      const last = ending(cell)
      const stderr = last === '' ? '' : `P: fatal: ${last}\n`
      assert.deepEqual({ code: seen.code, stderr: seen.stderr }, { code: last === '' ? 0 : 1, stderr })
    })
  }
})
