import assert from 'node:assert/strict'
import { eventually } from '../peer/kernel.js'
import type { SinkClient } from './sink-client.js'
import { enveloped, message, type SinkVector, START_MAIL } from './sink-vector.js'

const GREETING = '220 smtp-sink ESMTP'
const OK = '250 2.0.0 Ok'
const MAIL_OK = '250 2.1.0 Ok'
const RCPT_OK = '250 2.1.5 Ok'

/** A file as it was kept, id and date made equal; both have to be there, in their form. */
export function dump(text: string): string[] {
  const date = /^\t\w{3}, [ \d]\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4} \(\w+\)$/gm
  const id = /(?<= id )[0-9a-f]{8}(?=;$)/gm
  const count = (text.match(/^X-Client-Addr: /gm) ?? []).length
  assert.equal((text.match(date) ?? []).length, count, text)
  assert.equal((text.match(id) ?? []).length, count, text)
  assert.ok(text.endsWith('\n'), 'ends with a line end')
  return text.replace(date, '\tDATE').replace(id, 'ID').slice(0, -1).split('\n')
}

function header(client: string, proto: string, helo: string | null, ...more: string[]): string[] {
  return [
    `X-Client-Addr: ${client}`,
    `X-Client-Proto: ${proto}`,
    ...(helo === null ? [] : [`X-Helo-Args: ${helo}`]),
    ...more,
    `Received: from ${helo ?? `[${client}]`} ([${client}])`,
    `\tby smtp-sink (smtp-sink) with ${proto} id ID;`,
    '\tDATE',
  ]
}

async function delivers(client: SinkClient, ...commands: readonly (readonly [string, string])[]): Promise<void> {
  await client.hears(GREETING)
  for (const [command, reply] of commands) await client.says(command, reply)
  await client.says('DATA', START_MAIL)
  client.send('x\r\n.\r\n')
  await client.hears(OK)
}

/** Dumps: numbers 38 to 43 and 45, and two conversations. */
export const DUMP_VECTORS: readonly SinkVector[] = [
  {
    id: '38',
    title: 'a file is there from MAIL to RSET',
    argv: ['-d', '%X.'],
    play: async (sink) => {
      const client = await sink.connect()
      await enveloped(client)
      const [[name, text] = ['', null]] = sink.files()
      assert.match(name, /^X\.[0-9a-f]{8}$/)
      assert.equal(text, '')
      await client.says('RSET', MAIL_OK)
      assert.deepEqual([...sink.files().keys()], [])
    },
  },
  {
    id: '39',
    title: 'no hello, and commands without arguments',
    argv: ['-d', '%X.'],
    play: async (sink) => {
      const client = await sink.connect()
      await delivers(client, ['MAIL', MAIL_OK], ['RCPT', RCPT_OK])
      const expected = header('127.0.0.1', 'SMTP', null, 'X-Mail-Args: ', 'X-Rcpt-Args: ')
      assert.deepEqual(dump(sink.file()), [...expected, 'x', ''])
    },
  },
  {
    id: '40',
    title: '-S',
    argv: ['-d', '%X.', '-S', 'From x\\n\\tTAB\\\\ \\101\\q'],
    play: async (sink) => {
      const client = await sink.connect()
      await message(client)
      await client.hears(OK)
      assert.ok(sink.file().startsWith('From x\n\tTAB\\ AqX-Client-Addr: 127.0.0.1\n'), sink.file())
    },
  },
  {
    id: '41',
    title: 'arguments as the original finds them',
    argv: ['-d', '%X.'],
    play: async (sink) => {
      const client = await sink.connect()
      await delivers(
        client,
        ['HELO first', '250 smtp-sink'],
        ['HELO second x', '250 smtp-sink'],
        ['MAIL FROM:   <c>', MAIL_OK],
        ['RCPT FOO <y>', RCPT_OK],
      )
      const expected = header('127.0.0.1', 'SMTP', 'second x', 'X-Mail-Args: <c>', 'X-Rcpt-Args: ')
      assert.deepEqual(dump(sink.file()), [...expected, 'x', ''])
    },
  },
  ...(['unix', 'inet6'] as const).map(
    (listen): SinkVector => ({
      id: `42 ${listen}`,
      title: `who the client is: ${listen}`,
      argv: ['-d', '%X.'],
      listen,
      play: async (sink) => {
        const client = await sink.connect()
        await message(client)
        await client.hears(OK)
        const expected = header(
          listen === 'unix' ? 'local' : 'ipv6:::1',
          'SMTP',
          'c',
          'X-Mail-Args: <a>',
          'X-Rcpt-Args: <b>',
        )
        assert.deepEqual(dump(sink.file()), [...expected, 'x', ''])
      },
    }),
  ),
  {
    id: '43 -f .',
    title: 'a refused message is kept',
    argv: ['-d', '%X.', '-f', '.'],
    play: async (sink) => {
      const client = await sink.connect()
      await message(client)
      await client.hears('500 5.3.0 Error: command failed')
      client.leave()
      assert.equal(dump(sink.file()).at(-2), 'x')
    },
  },
  {
    id: '43 -A 0',
    title: 'a message that was cut off is not kept',
    argv: ['-d', '%X.', '-A', '0'],
    play: async (sink) => {
      const client = await sink.connect()
      await enveloped(client)
      await client.says('DATA', START_MAIL, '550 This violates SMTP')
      await client.sentAway()
      // The original hangs up first and removes the file then.
      await eventually('the file is removed', () => sink.fileNames().length === 0)
    },
  },
  {
    id: '43 -M 1',
    title: 'the last message is kept',
    argv: ['-d', '%X.', '-M', '1'],
    differs: 'last reply',
    play: async (sink, { original }) => {
      const client = await sink.connect()
      await message(client)
      if (!original) await client.hears(OK)
      await client.sentAway()
      assert.equal(dump(sink.file()).at(-2), 'x')
    },
    code: 0,
  },
  {
    id: '45',
    title: 'a directory that may not be written',
    // The root directory is root's, and the sink is nobody's.
    argv: ['-d', '/stampede-dump.'],
    play: async (sink) => {
      const client = await sink.connect()
      await client.hears(GREETING)
      await client.says('MAIL FROM:<a>', MAIL_OK)
      await client.sentAway()
    },
    code: 1,
    stderr: /^P: fatal: open \/stampede-dump\.[0-9a-f]{8}: Permission denied\n$/,
  },
  {
    id: 'I',
    title: 'conversation: -d, dots, CRs and lone LFs',
    argv: ['-d', '%msg.'],
    play: async (sink) => {
      const client = await sink.connect()
      await client.hears(GREETING)
      client.send(
        'EHLO c.example\r\nMAIL FROM:<a@b> SIZE=10\r\nRCPT TO:<c@d>\r\nRCPT TO: <e@f> NOTIFY=NEVER\r\nDATA\r\n',
      )
      client.send('Subject: x\r\n\r\nline1\r\n..dots\r\n.x\r\nbare\ncr\rin\r\n.\r\nQUIT\r\n')
      await client.through('221 Bye\r\n')
      const expected = header(
        '127.0.0.1',
        'ESMTP',
        'c.example',
        'X-Mail-Args: <a@b> SIZE=10',
        'X-Rcpt-Args: <c@d>',
        'X-Rcpt-Args: <e@f> NOTIFY=NEVER',
      )
      const content = ['Subject: x', '', 'line1', '.dots', 'x', 'bare', 'crin', '']
      assert.deepEqual(dump(sink.file()), [...expected, ...content])
    },
  },
  {
    id: 'J',
    title: 'conversation: -D with a directory, two messages and a half',
    argv: ['-D', '%%Y/all', '-S', 'SEP\\n'],
    play: async (sink) => {
      const client = await sink.connect()
      await delivers(client, ['HELO c', '250 smtp-sink'], ['MAIL FROM:<a>', MAIL_OK], ['RCPT TO:<x>', RCPT_OK])
      await client.says('MAIL FROM:<b>', MAIL_OK)
      await client.says('RCPT TO:<y>', RCPT_OK)
      await client.says('DATA', START_MAIL)
      await client.says('.', OK)
      await client.says('MAIL FROM:<c>', MAIL_OK)
      client.leave()
      const [[name] = ['']] = sink.files()
      assert.match(name, /^\d{4}\/all$/)
      const one = (from: string, to: string) => [
        'SEP',
        ...header('127.0.0.1', 'SMTP', 'c', `X-Mail-Args: <${from}>`, `X-Rcpt-Args: <${to}>`),
      ]
      assert.deepEqual(dump(sink.file()), [...one('a', 'x'), 'x', '', ...one('b', 'y'), ''])
    },
  },
]
