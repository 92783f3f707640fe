import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { type MetricEntry, runMetrics, sinkMetrics } from '#src/serve/catalogue.js'

/** What is promised, in the order of the promise; there may be more between, and more labels. */
const OF_A_RUN = `
  stampede_build_info{version,node}   stampede_run_info{run,role,target}
  stampede_messages_scheduled_total   stampede_messages_dropped_total{reason}
  stampede_messages_total{outcome}
  stampede_recipients_total{outcome}  stampede_replies_total{verb,code}   stampede_errors_total{kind,verb}
  stampede_sessions_total{outcome}    stampede_sessions_active
  stampede_sent_bytes_total           stampede_received_bytes_total
  stampede_message_duration_seconds   stampede_message_service_duration_seconds
  stampede_phase_duration_seconds{phase}   stampede_start_lag_seconds
  stampede_worker_loop_utilization_ratio{worker}   stampede_worker_loop_delay_seconds{worker}
  stampede_worker_cpu_seconds_total{worker}        stampede_generator_state{state}
  stampede_threshold_ok{threshold}
  stampede_target_cpu_seconds_total   stampede_target_resident_bytes   stampede_target_open_fds
  stampede_target_sockets{state}`
const OF_A_SINK = `
  stampede_build_info{version,node}   stampede_run_info{run,role,target}
  stampede_sink_connections_total{outcome}   stampede_sink_connections_active
  stampede_sink_messages_total{outcome}      stampede_sink_recipients_total{outcome}
  stampede_sink_commands_total{verb,code}    stampede_sink_received_bytes_total
  stampede_sink_faults_injected_total{kind}  stampede_sink_command_duration_seconds{verb}`

function promised(text: string): { name: string; labels: string[] }[] {
  return [...text.matchAll(/(stampede_\w+)(?:\{([\w,]+)\})?/g)].map(([, name = '', labels]) => ({
    name,
    labels: labels?.split(',') ?? [],
  }))
}

describe('metrics', () => {
  for (const [who, text, entries] of [
    ['a run', OF_A_RUN, runMetrics()],
    ['a sink', OF_A_SINK, sinkMetrics()],
  ] as const) {
    it(`of ${who} are all that was promised, in that order`, () => {
      let at = -1
      for (const { name, labels } of promised(text)) {
        const place = entries.findIndex((entry) => entry.name === name)
        assert.ok(place > at, `${name} is at ${place}, behind ${at}`)
        at = place
        for (const label of labels) assert.ok(entries[place]!.labels.includes(label), `${name} by ${label}`)
      }
    })

    it(`of ${who} are named as Prometheus names them, once each, and say what they are`, () => {
      assert.equal(new Set(entries.map(({ name }) => name)).size, entries.length)
      for (const entry of entries) checkName(entry)
    })

    it(`of ${who} are in the README`, () => {
      const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
      for (const { name, labels } of entries) {
        const row = readme.split('\n').find((line) => line.startsWith('|') && line.includes(`\`${name}\``))
        assert.ok(row !== undefined, name)
        for (const label of labels) assert.ok(row.includes(`\`${label}\``), `${name} by ${label}: ${row}`)
      }
    })
  }
})

function checkName({ name, type, labels, help }: MetricEntry): void {
  assert.match(name, /^stampede_[a-z]+(_[a-z]+)*$/)
  assert.equal(name.endsWith('_total'), type === 'counter', name)
  if (type === 'histogram') assert.match(name, /_(seconds|bytes)$/)
  for (const label of labels) assert.match(label, /^[a-z]+$/)
  assert.match(help, /^[A-Z0-9].*[.?]$/)
  assert.ok(!labels.includes('le') && !labels.includes('instance') && !labels.includes('job'))
}
