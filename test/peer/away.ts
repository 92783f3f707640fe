/**
 * A sink and a source that do not meet on loopback: to be run in a network namespace of its own, whose lo has the address given, which leads
 * nowhere else. Prints what both counted as JSON. Arguments: the address, then options of `stampede source`.
 */
import { sink } from '#src/index.js'
import { runCommand } from './load.js'

const [address = '', ...pairs] = process.argv.slice(2)
await using target = await sink({ listen: `inet:${address}:0`, auth: 'plain,login', workers: 1 })
const options = Object.fromEntries(
  pairs.map((pair) => [pair.replace(/=.*/s, ''), pair.endsWith('=true') || pair.replace(/^[^=]*=/, '')]),
)
const { code, messages, errors } = await runCommand({
  target: `${address}:${target.port}`,
  messages: 3,
  reuse: false,
  ...options,
})
const { authOk, authFailed, commands } = await target.stop()
console.log(JSON.stringify({ code, accepted: messages.accepted, errors, authOk, authFailed, commands }))
