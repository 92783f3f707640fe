import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { UsageError } from '#src/base/errors.js'
import { parseUserFile } from '#src/base/user-file.js'

describe('a file of users', () => {
  it('is user:password lines, with comments and empty lines between', () => {
    const text = '\uFEFF# all of them\r\nann:secret\r\n\r\n  \nbob: pass:word # \n#carl:x\njürgen@example:пароль'
    assert.deepEqual(
      [...parseUserFile(text, '--auth-users')],
      [
        ['ann', 'secret'],
        ['bob', ' pass:word # '],
        ['jürgen@example', 'пароль'],
      ],
    )
  })

  for (const [text, sentence] of [
    ['ann:a\nbob\n', '--auth-users: line 2 is not a user and a password; give user:password.'],
    ['\n:a\n', '--auth-users: line 2 is not a user and a password; give user:password.'],
    ['ann:\n', '--auth-users: line 1 is not a user and a password; give user:password.'],
    ['ann:a\0b\n', '--auth-users: line 1 is not a user and a password; give user:password.'],
    ['ann:a\n# x\nann:b\n', "--auth-users: line 3 has user 'ann' again; give each user once."],
    ['# nobody\n', '--auth-users: there is no user in the file; give lines of user:password.'],
    ['', '--auth-users: there is no user in the file; give lines of user:password.'],
  ] as const) {
    it(`is not ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => parseUserFile(text, '--auth-users'),
        (error) => error instanceof UsageError && error.message === sentence,
      )
    })
  }
})
