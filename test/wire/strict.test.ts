import assert from 'node:assert/strict'
import { it } from 'node:test'
import { type Program, run, SOURCE } from '../peer/run-program.js'
import { ScriptedServer } from '../peer/scripted-server.js'

/** The program with fewer descriptors than sessions: the one way to saturate a generator that does not depend on how fast it is. */
const FEW: Program = { name: SOURCE.name, command: ['sh', '-c', 'ulimit -n 160 && exec "$@"', 'sh', ...SOURCE.command] }

for (const [options, status] of [
  [[], 1],
  [['--strict'], 98],
] as const) {
  it(`a run that lacked descriptors ends with ${status}, given '${options.join(' ')}'`, async () => {
    await using server = await ScriptedServer.start({ extensions: ['PIPELINING'] })
    const args = ['--workers', '1', '-s', '300', '-m', '600', '--json', ...options, server.address]
    const { stdout, code } = await run(FEW, args)
    const result = JSON.parse(stdout)
    assert.equal(result.generator.state, 'saturated')
    assert.match(result.generator.reason, /descriptor/)
    assert.ok(result.errors.some(({ error }: { error: string }) => error === 'out of descriptors'))
    assert.equal(code, status)
  })
}
