import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { libc } from '#src/net/libc.js'
import { becomeUser, findUser, userOf } from '#src/net/privileges.js'

describe('privileges', () => {
  it('finds users of a passwd file', () => {
    const text = '# x:y\nroot:x:0:0:root:/root:/bin/sh\nbad:x:a:b::\nshort:x\nnobody:x:65534:65533:n:/:/x\n'
    assert.deepEqual(userOf(text, 'root'), { uid: 0, gid: 0 })
    assert.deepEqual(userOf(text, 'nobody'), { uid: 65534, gid: 65533 })
    for (const name of ['bad', 'short', 'x', '', '# x']) assert.equal(userOf(text, name), null, name)
  })

  it('finds the same users by the C library as the file has', () => {
    const names = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => line.split(':')[0]!)
    const users = names.filter((name) => name !== '')
    assert.ok(users.includes('root'))
    for (const name of users) assert.deepEqual(findUser(name, libc()), findUser(name, null), name)
    for (const name of ['no-such-user', '', '65534', 'root\0x']) {
      assert.equal(findUser(name, libc()), null)
      assert.equal(findUser(name, null), null)
    }
  })

  it('says who is unknown, and changes nothing then', () => {
    const before = [process.getuid!(), process.getgid!(), process.getgroups!()]
    assert.throws(() => becomeUser('no-such-user', null), { name: 'RunError', message: 'unknown user: no-such-user' })
    assert.deepEqual([process.getuid!(), process.getgid!(), process.getgroups!()], before)
  })
})
