import assert from 'node:assert/strict'
import type { SinkClient } from './sink-client.js'
import { SINK_DIFFERENCES, type SinkDifference } from './sink-differences.js'
import { type SinkCall, type SinkEnd, SinkRun, type SinkSubject } from './sink-subject.js'

/** A test vector: how a sink is started, what its clients do and see, and how it ends. */
export interface SinkVector extends SinkCall {
  /** Number of the vector, with a letter where one has several runs. */
  readonly id: string
  readonly title: string
  /**
   * The clients' part. The script is one and the same for both programs; where they differ it asks `subject.original`. `ended`: it has ended the sink, and
   * has seen what there was to see.
   */
  readonly play?: (sink: SinkRun, subject: SinkSubject) => Promise<unknown>
  /** Status it ends with by itself; left out: it runs until SIGTERM, which has its usual effect. */
  readonly code?: number
  /** All of what it printed; nothing when left out. */
  readonly stdout?: string
  readonly stderr?: string | RegExp
  /** Why the script may ask which program it is. */
  readonly differs?: SinkDifference
}

const FATAL_PAUSE_MS = 1000

/** Plays a vector against a program. */
export async function playVector(subject: SinkSubject, vector: SinkVector): Promise<void> {
  assert.equal(process.getuid?.(), 0, 'the vectors of smtp-sink need root: -u, -R, and files that others may not write')
  const scripted = guarded(subject, vector)
  const sink = await SinkRun.start(subject.program, vector)
  try {
    if ((await vector.play?.(sink, scripted)) === 'ended') return
    const end = vector.code === undefined ? await sink.stop() : await sink.end()
    const { stdout = '' } = vector
    const status = vector.code === undefined ? { code: null, signal: 'SIGTERM' } : { code: vector.code, signal: null }
    assert.deepEqual({ code: end.code, signal: end.signal, stdout: end.stdout }, { ...status, stdout })
    checkStderr(subject, vector, end)
  } finally {
    await sink.close()
  }
}

function checkStderr(subject: SinkSubject, { stderr = '' }: SinkVector, end: SinkEnd): void {
  const said = subject.original ? withoutNotes(end.stderr) : end.stderr
  if (typeof stderr === 'string') assert.equal(said, stderr)
  else assert.match(said, stderr)
  if (said.includes('P: fatal: ')) assert.ok(end.elapsedMs >= FATAL_PAUSE_MS, `ended after ${end.elapsedMs} ms`)
}

/** Without what the original's library says of itself under -v (`verbose notes`). */
function withoutNotes(stderr: string): string {
  const notes =
    /^P: (name_mask: |smtp_stream_setup: |vstream_tweak_|fd=\d+: |before input_event_|after input_event_|event_)/
  return stderr
    .split('\n')
    .filter((line) => !notes.test(line))
    .join('\n')
}

/** A script that asks which program it is has to have a declared reason. */
function guarded(subject: SinkSubject, { id, differs }: SinkVector): SinkSubject {
  if (differs !== undefined) {
    assert.ok(differs in SINK_DIFFERENCES)
    return subject
  }
  return {
    program: subject.program,
    get original(): boolean {
      throw new Error(`vector ${id} differs without a declared reason`)
    },
  }
}

/** HELO to RCPT, one command at a time. */
export async function enveloped(client: SinkClient): Promise<void> {
  await client.hears('220 smtp-sink ESMTP')
  await client.says('HELO c', '250 smtp-sink')
  await client.says('MAIL FROM:<a>', '250 2.1.0 Ok')
  await client.says('RCPT TO:<b>', '250 2.1.5 Ok')
}

export const START_MAIL = '354 End data with <CR><LF>.<CR><LF>'

/** A whole message, one thing at a time; the replies to the final dot are the caller's. */
export async function message(client: SinkClient): Promise<void> {
  await enveloped(client)
  await client.says('DATA', START_MAIL)
  client.send('x\r\n')
  client.send('.\r\n')
}

export async function quits(client: SinkClient): Promise<void> {
  await client.says('QUIT', '221 Bye')
  await client.sentAway()
}

/** Lines of the EHLO reply of a sink with these extensions. */
export function ehlo(name = 'smtp-sink', extensions: readonly string[] = EXTENSIONS): string[] {
  return [...[name, ...extensions].map((line) => `250-${line}`), '250 ']
}

export const EXTENSIONS = [
  'PIPELINING',
  '8BITMIME',
  'AUTH PLAIN LOGIN',
  'XCLIENT NAME HELO',
  'XFORWARD NAME ADDR PROTO HELO',
  'ENHANCEDSTATUSCODES',
  'DSN',
] as const

export const USAGE =
  'P: fatal: usage: P [-468acCeEFLpPv] [-A abort_delay] [-b soft_bounce_reply] [-B hard_bounce_reply] [-d dump-template] [-D dump-template] [-f commands] [-h hostname] [-m max_concurrency] [-M message_quit_count] [-n quit_count] [-q commands] [-r commands] [-R root-dir] [-s commands] [-S start-string] [-u user_privs] [-w delay] [host]:port backlog\n'
