import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { type Ran, STRESS, start } from './run-program.js'

/** The part of the document that the suites look at; `checkStressDocument` looks at all of it. */
export interface StressDocument {
  readonly config: { readonly [name: string]: unknown }
  readonly start_time: string
  readonly end_time: string
  readonly total_duration: number
  readonly total_emails_sent: number
  readonly successful_emails: number
  readonly failed_emails: number
  readonly success_rate: number
  readonly emails_per_second: number
  readonly min_response_time: number
  readonly max_response_time: number
  readonly avg_response_time: number
  readonly percentile_50: number
  readonly percentile_95: number
  readonly percentile_99: number
  readonly error_counts: { readonly [text: string]: number }
  readonly system_metrics: readonly { readonly timestamp: string; readonly open_connections: number }[]
}

/** Runs `stampede stress` against a port of 127.0.0.1, with a SIGINT when `interrupt` is there; what it printed, and the document that it wrote (null: none). */
export async function stress(
  port: number,
  args: readonly string[],
  { interrupt, timeoutMs = 30_000 }: { readonly interrupt?: Promise<unknown>; readonly timeoutMs?: number } = {},
): Promise<Ran & { readonly document: StressDocument | null }> {
  const directory = mkdtempSync(join(tmpdir(), 'stampede-stress-'))
  const output = join(directory, 'out.json')
  try {
    const running = start(STRESS, ['--host', '127.0.0.1', '-p', `${port}`, '-o', output, ...args], { timeoutMs })
    void interrupt?.then(() => running.kill('SIGINT'))
    const ran = await running.done
    if (ran.timedOut) throw new Error(`still running after ${timeoutMs} ms: ${ran.stdout}${ran.stderr}`)
    let text: string
    try {
      text = readFileSync(output, 'utf8')
    } catch {
      return { ...ran, document: null }
    }
    return { ...ran, document: JSON.parse(text) as StressDocument }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

const text = { type: 'string' }
const time = { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$' }
const flag = { type: 'boolean' }
const count = { type: 'integer', minimum: 0 }
const amount = { type: 'number', minimum: 0 }
const percent = { type: 'number', minimum: 0, maximum: 100 }
const share = { type: 'number', minimum: 0, maximum: 1 }
const orNull = (schema: { readonly type: string }) => ({ ...schema, type: [schema.type, 'null'] })

function all(properties: { readonly [name: string]: object }): object {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false }
}

const SCHEMA = all({
  config: all({
    host: text,
    port: count,
    use_tls: flag,
    insecure: flag,
    username: orNull(text),
    password: { enum: [null, '***'] },
    auth_failure_rate: share,
    i_own_this_server: flag,
    duration: amount,
    max_connections: count,
    min_connections: count,
    ramp_up: amount,
    burst_mode: flag,
    burst_interval: amount,
    burst_duration: amount,
    connection_reuse: flag,
    messages_per_connection: count,
    seed: text,
    message_size: count,
    pipelining: flag,
    slow_client: flag,
    slow_delay: amount,
    malformed: flag,
    no_monitor: flag,
    output: orNull(text),
  }),
  start_time: time,
  end_time: time,
  total_duration: amount,
  total_emails_sent: count,
  successful_emails: count,
  failed_emails: count,
  success_rate: percent,
  emails_per_second: amount,
  min_response_time: amount,
  max_response_time: amount,
  avg_response_time: amount,
  percentile_50: amount,
  percentile_95: amount,
  percentile_99: amount,
  error_counts: { type: 'object', additionalProperties: { type: 'integer', minimum: 1 } },
  system_metrics: {
    type: 'array',
    items: all({
      timestamp: time,
      cpu_percent: percent,
      memory_percent: percent,
      memory_used_mb: amount,
      load_average_1m: amount,
      load_average_5m: amount,
      load_average_15m: amount,
      network_bytes_sent_per_second: orNull({ ...amount }),
      network_bytes_received_per_second: orNull({ ...amount }),
      open_connections: count,
    }),
  },
})

const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(SCHEMA)

/** What is wrong with a document: its keys and types, and figures that contradict each other. */
export function wrongIn(document: StressDocument): string[] {
  const wrong = validate(document) ? [] : (validate.errors ?? []).map((e) => `${e.instancePath} ${e.message}`)
  const rule = (holds: boolean, what: string) => {
    if (!holds) wrong.push(what)
  }
  const d = document
  rule(d.total_emails_sent === d.successful_emails + d.failed_emails, 'sent = successful + failed')
  const rate = d.total_emails_sent === 0 ? 0 : (100 * d.successful_emails) / d.total_emails_sent
  rule(Math.abs(rate - d.success_rate) < 1e-9, 'success_rate')
  rule(Math.abs(d.emails_per_second * d.total_duration - d.total_emails_sent) < 1e-6, 'emails_per_second')
  rule(Math.abs(Date.parse(d.end_time) - Date.parse(d.start_time) - d.total_duration * 1000) <= 1, 'end_time')
  const rising = [d.min_response_time, d.percentile_50, d.percentile_95, d.percentile_99, d.max_response_time]
  rule(
    rising.every((figure, i) => i === 0 || figure >= rising[i - 1]!),
    'percentiles rise',
  )
  rule(d.avg_response_time >= d.min_response_time && d.avg_response_time <= d.max_response_time, 'avg_response_time')
  return wrong
}
