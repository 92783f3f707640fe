import assert from 'node:assert/strict'
import type { SinkSubject } from './sink-subject.js'
import { enveloped, quits, type SinkVector, START_MAIL } from './sink-vector.js'

const GREETING = '220 smtp-sink ESMTP'
const OK = '250 2.0.0 Ok'

/** Timers have a grain. */
const GRAIN_MS = 20

/** What takes `seconds`, from before it was asked for; the original's clock may shorten that by up to one. */
async function takes(seconds: number, { original }: SinkSubject, what: () => Promise<void>): Promise<void> {
  const since = performance.now()
  await what()
  const ms = performance.now() - since
  const least = (original ? seconds - 1 : seconds) * 1000 - GRAIN_MS
  assert.ok(ms >= least, `${ms} ms instead of ${seconds} s`)
}

/** Delays and limits of time: numbers 32 to 37. */
export const DELAY_VECTORS: readonly SinkVector[] = [
  {
    id: '32',
    title: '-A 0',
    argv: ['-A', '0', '-c'],
    play: async (sink) => {
      const client = await sink.connect()
      await enveloped(client)
      await client.says('DATA', START_MAIL, '550 This violates SMTP')
      await client.sentAway()
      await sink.counted('sess=1')
    },
    stdout: 'sess=1 quit=0 mesg=0\r',
  },
  {
    id: '33',
    title: '-H 1',
    argv: ['-H', '1'],
    differs: 'whole seconds',
    play: async (sink, subject) => {
      const client = await sink.connect()
      await enveloped(client)
      await takes(1, subject, async () => {
        await client.says('DATA', START_MAIL)
        client.send('x\r\n')
        client.send('.\r\n')
        await client.hears(OK)
      })
    },
  },
  {
    id: '34',
    title: '-w 1',
    argv: ['-w', '1'],
    differs: 'whole seconds',
    play: async (sink, subject) => {
      const client = await sink.connect()
      await enveloped(client)
      await takes(1, subject, () => client.says('DATA', START_MAIL))
    },
  },
  {
    id: '35a',
    title: 'a late greeting',
    argv: ['-W', 'connect:2'],
    play: async (sink) => {
      const client = await sink.connect()
      await client.silence()
      await client.hears(GREETING)
    },
  },
  {
    id: '35b',
    title: 'a late 221, and the end',
    argv: ['-W', 'quit:1', '-c', '-n', '1'],
    differs: 'whole seconds',
    play: async (sink, subject) => {
      const client = await sink.connect()
      await client.hears(GREETING)
      await takes(1, subject, () => quits(client))
    },
    stdout: 'sess=1 quit=1 mesg=0\r',
    code: 0,
  },
  {
    id: '36',
    title: 'a reject is not delayed',
    argv: ['-W', 'noop:60', '-f', 'noop'],
    play: async (sink) => {
      const client = await sink.connect()
      await client.hears(GREETING)
      await client.says('NOOP', '500 5.3.0 Error: command failed')
    },
  },
  {
    id: '37',
    title: 'the idle limit, from the last octet',
    argv: ['-t', '2', '-c'],
    differs: 'whole seconds',
    play: async (sink, subject) => {
      const client = await sink.connect()
      await client.hears(GREETING)
      client.send('NO')
      await client.silence(500)
      await takes(2, subject, () => {
        client.send('OP')
        return client.sentAway()
      })
      await sink.counted('sess=1')
    },
    stdout: 'sess=1 quit=0 mesg=0\r',
    stderr: 'P: warning: read timeout\n',
  },
  {
    id: 'G',
    title: 'conversation: -A 1 -c',
    argv: ['-A', '1', '-c'],
    differs: 'whole seconds',
    play: async (sink, subject) => {
      const client = await sink.connect()
      await enveloped(client)
      await takes(1, subject, () => client.says('DATA', START_MAIL, '550 This violates SMTP'))
      await client.sentAway()
      await sink.counted('sess=1')
    },
    stdout: 'sess=1 quit=0 mesg=0\r',
  },
  {
    id: 'K',
    title: 'conversation: -W noop:1, three commands in one write',
    argv: ['-W', 'noop:1'],
    differs: 'delayed pipeline',
    play: async (sink, { original }) => {
      const client = await sink.connect()
      await client.hears(GREETING)
      client.send('NOOP\r\nNOOP\r\nRSET\r\n')
      if (original) {
        await client.hears('250 2.1.0 Ok', OK)
        await client.silence(1500)
      } else {
        await client.hears(OK, OK, '250 2.1.0 Ok')
      }
    },
  },
  {
    id: '-W -t',
    title: 'a delay beyond the idle limit',
    argv: ['-W', 'noop:3', '-t', '1'],
    differs: 'delay beyond limit',
    play: async (sink, { original }) => {
      const client = await sink.connect()
      await client.hears(GREETING)
      client.send('NOOP\r\n')
      // What the original does next depends on what was in the memory that it had freed.
      if (original) return 'ended'
      await client.hears(OK)
      await client.sentAway()
    },
    stderr: 'P: warning: read timeout\n',
  },
  {
    id: '-w pipelined',
    title: 'content that came along with a delayed DATA',
    argv: ['-w', '1'],
    differs: 'delayed content',
    play: async (sink, { original }) => {
      const client = await sink.connect()
      await enveloped(client)
      client.send('DATA\r\nx\r\n.\r\n')
      if (original) await client.hears('500 5.5.1 Error: unknown command', OK, START_MAIL)
      else await client.hears(START_MAIL, OK)
    },
  },
  {
    id: '-H pipelined',
    title: 'content that came along with DATA is read late',
    argv: ['-H', '1'],
    play: async (sink) => {
      const client = await sink.connect()
      await enveloped(client)
      client.send('DATA\r\nx\r\n.\r\n')
      await client.hears(START_MAIL, OK)
    },
  },
]
