import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { strftime } from '#src/base/strftime.js'

const ZONES = ['UTC', 'Europe/Berlin', 'America/St_Johns', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Pacific/Apia']

/** Every conversion and modifier, and the flags and widths on which date(1) and strftime(3) agree. */
const CONVERSIONS = [
  ...'aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYzZ%'.split('').map((letter) => `%${letter}`),
  ...'cCxXyY'.split('').map((letter) => `%E${letter}`),
  ...'deHImMSuUVwWy'.split('').map((letter) => `%O${letter}`),
  ...['%-d', '%_d', '%-e', '%0e', '%_m', '%-H', '%_H', '%-j', '%5d', '%_5d', '%10Y', '%^a', '%^A', '%^b', '%#p'],
  ...['%12A', '%-I', '%_I', '%^B', '%^c', '%05S'],
]
const TEMPLATE = CONVERSIONS.join('|')

const START = 1_000_000_000
/** Fifty instants: three years and some hours apart, the turns of years, and the clock changes of 2026. */
const INSTANTS = [
  ...Array.from({ length: 30 }, (_, i) => START + i * 37_987_411),
  ...Array.from({ length: 12 }, (_, i) => Date.UTC(2015 + i, 0, 1, 5) / 1000 - (i % 3) * 86_400),
  ...['2026-03-29T00:59:59', '2026-03-29T01:00:00', '2026-10-25T00:59:59', '2026-10-25T01:00:00'].map(secondsOf),
  ...['2026-03-08T05:30:00', '2026-11-01T05:29:59', '2026-04-04T15:00:00', '2024-02-29T12:00:00'].map(secondsOf),
]

function secondsOf(utc: string): number {
  return Date.parse(`${utc}Z`) / 1000
}

/** Runs in a process of its own, because the time zone is a process's. */
const CHILD = `
  import { strftime } from ${JSON.stringify(import.meta.resolve('#src/base/strftime.js'))}
  import { zoneName } from ${JSON.stringify(import.meta.resolve('#src/base/zone.js'))}
  const [template, instants] = JSON.parse(process.argv[1])
  console.log(JSON.stringify(instants.map((at) => strftime(template, new Date(at * 1000), zoneName))))
`

describe('strftime', () => {
  it('is given fifty instants', () => assert.equal(new Set(INSTANTS).size, 50))

  for (const zone of ZONES) {
    it(`says what date(1) says in ${zone}`, () => {
      const env = { ...process.env, TZ: zone, LC_ALL: 'C' }
      const input = JSON.stringify([TEMPLATE, INSTANTS])
      const ours: string[] = JSON.parse(
        execFileSync(process.execPath, ['--input-type=module', '-e', CHILD, input], { env, encoding: 'utf8' }),
      )
      const lines = INSTANTS.map((at) => `@${at}\n`).join('')
      const theirs = execFileSync('date', ['-f', '-', `+${TEMPLATE}~`], { env, input: lines, encoding: 'utf8' })
      assert.deepEqual(ours, theirs.split('~\n').slice(0, -1))
    })
  }

  const when = new Date(2026, 10, 1, 3, 4, 5)
  const cases: readonly (readonly [template: string, text: string])[] = [
    ['', ''],
    ['plain', 'plain'],
    ['%d%m', '0111'],
    ['%%d', '%d'],
    ['%', '%'],
    ['50%', '50%'],
    ['%e%Ea%Oe%q%/all', ' 1%Ea 1%q%/all'],
    ['%Z', 'XYZ'],
    ['%#Z', 'xyz'],
    ['%N %f %i %+ %5', '%N %f %i %+ %5'],
    ['%E', '%E'],
    ['%OY', '%OY'],
    ['/var/%Y/%m/all', '/var/2026/11/all'],
  ]
  for (const [template, text] of cases) {
    it(`${JSON.stringify(template)} gives ${JSON.stringify(text)}`, () =>
      assert.equal(
        strftime(template, when, () => 'XYZ'),
        text,
      ))
  }
})
