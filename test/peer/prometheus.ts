import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from './port.js'

const PATIENCE_MS = 30_000

/** One series of a query's answer. */
export interface Sampled {
  readonly metric: Readonly<Record<string, string>>
  readonly value: readonly [number, string]
}

/** The distribution's Prometheus with a store of its own, scraping addresses of this machine once a second. */
export class Prometheus {
  readonly #child: ChildProcess
  readonly #directory: string
  readonly #url: string
  #said = ''

  private constructor(child: ChildProcess, directory: string, url: string) {
    this.#child = child
    this.#directory = directory
    this.#url = url
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#said += text
    })
  }

  /** By job, where it is scraped. Resolves when it is ready. */
  static async start(jobs: Readonly<Record<string, string>>): Promise<Prometheus> {
    const directory = mkdtempSync(join(tmpdir(), 'stampede-prometheus-'))
    const scrapes = Object.entries(jobs).map(([job_name, target]) => ({
      job_name,
      static_configs: [{ targets: [target] }],
    }))
    // YAML takes JSON.
    const config = { global: { scrape_interval: '1s', scrape_timeout: '1s' }, scrape_configs: scrapes }
    writeFileSync(join(directory, 'prometheus.yml'), JSON.stringify(config))
    const port = await freePort()
    const words = [
      `--config.file=${join(directory, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
    ]
    const child = spawn('/usr/bin/prometheus', words, { stdio: ['ignore', 'ignore', 'pipe'] })
    const prometheus = new Prometheus(child, directory, `http://127.0.0.1:${port}`)
    try {
      await prometheus.#ready()
    } catch (error) {
      await prometheus.stop()
      throw error
    }
    return prometheus
  }

  /** The answer to a query at this moment, or at `at` (seconds of the epoch); throws what Prometheus says of a query that it does not take. */
  async query(query: string, at?: number): Promise<Sampled[]> {
    const words = new URLSearchParams({ query, ...(at !== undefined && { time: String(at) }) })
    const response = await fetch(`${this.#url}/api/v1/query?${words}`)
    const answer = (await response.json()) as { status: string; error?: string; data: { result: Sampled[] } }
    if (answer.status !== 'success') throw new Error(`${query}: ${answer.error}`)
    return answer.data.result
  }

  /** The one number that a query comes to; NaN: nothing, or several. */
  async number(query: string, at?: number): Promise<number> {
    const result = await this.query(query, at)
    return result.length === 1 ? Number(result[0]!.value[1]) : Number.NaN
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const closed = once(this.#child, 'close')
      this.#child.kill('SIGKILL')
      await closed
    }
    rmSync(this.#directory, { recursive: true, force: true })
  }

  async #ready(): Promise<void> {
    const end = Date.now() + PATIENCE_MS
    for (;;) {
      const response = await fetch(`${this.#url}/-/ready`).catch(() => null)
      if (response?.ok) return
      if (this.#child.exitCode !== null || Date.now() > end)
        throw new Error(`prometheus does not get ready: ${this.#said}`)
      await sleep(50)
    }
  }
}

/** What promtool has to say against a scrape in Prometheus text; empty: nothing. */
export function promtoolComplaints(text: string): string {
  const { stdout, stderr, status } = spawnSync('/usr/bin/promtool', ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  })
  return `${stdout}${stderr}${status === 0 ? '' : `(exit ${status})`}`
}
