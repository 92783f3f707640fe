// What a figure must be quoted with: the machine, and the versions of everything that ran.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import os from 'node:os'

/** The environment of every program that is started: the distribution keeps its mail tools in /usr/sbin. */
export const environment = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin`, LC_ALL: 'C' }

function firstLine(command, args) {
  const done = spawnSync(command, args, { encoding: 'utf8', env: environment, timeout: 10_000 })
  if (done.error) return null
  return `${done.stdout}${done.stderr}`.trim().split('\n')[0] ?? null
}

function postalVersion() {
  const done = spawnSync('postal', [], { encoding: 'utf8', env: environment, timeout: 10_000 })
  return done.error ? null : (/Postal Version: (\S+)/.exec(`${done.stdout}${done.stderr}`)?.[1] ?? null)
}

/** Names the machine without naming its host or any path of it. */
export function describeMachine() {
  const cpus = os.cpus()
  let virtual = false
  try {
    virtual = /^flags.*\bhypervisor\b/m.test(readFileSync('/proc/cpuinfo', 'utf8'))
  } catch {}
  return {
    cpu: `${cpus[0]?.model.trim() ?? 'unknown'}${virtual ? ' (virtual machine)' : ''}`,
    cores: cpus.length,
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    kernel: `${os.type()} ${os.release()}`,
    node: process.version,
    postfix: firstLine('postconf', ['-d', '-h', 'mail_version']),
    postal: postalVersion(),
    cc: firstLine('cc', ['--version']),
  }
}

/** CPU seconds that all processes together have used since boot, and those the hypervisor took away. */
export function machineCpu() {
  const fields = readFileSync('/proc/stat', 'utf8').split('\n')[0].trim().split(/\s+/).slice(1).map(Number)
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = fields
  return { busy: (user + nice + system + irq + softirq) / ticksPerSecond, stolen: steal / ticksPerSecond }
}

/** Kernel ticks a second, the unit of /proc times. */
export const ticksPerSecond = Number(firstLine('getconf', ['CLK_TCK'])) || 100
