import type { Machine } from '#src/cli/machine.js'
import { builtinService } from '#src/plan/target.js'
import { CERTIFICATE, KEY } from './certificate.js'

/** What the mail options may read. */
const FILES: { readonly [path: string]: string } = {
  'box.mbox': 'From a@b\nSubject: 1\n\n.one\n\nFrom a@b\nSubject: 2\n\n>From two\n',
  'letters/A.EML': 'Subject: A\n\na\n',
  'letters/b.eml': 'Subject: b\n\nb\n',
  'long.eml': `Subject: x\n\n${'x'.repeat(2000)}\n`,
  'people.txt': 'ann@ex.example\r\n\n  ben@ex.example  \n',
  'sizes.txt': '# octets, messages\n1KiB 3\n\n4096 1.5 # large\n',
  'blank.txt': '\n\n',
  'bad-sizes.txt': '1KiB\n',
  'bell.txt': 'a\x07@b\n',
  'nothing.eml': '',
  'mx.crt': CERTIFICATE,
  'mx.key': KEY,
}

/** A machine that is the same everywhere: four cores, two files, always the same seed. */
export const MACHINE: Machine = {
  hostname: 'client.example',
  cores: 4,
  lookupService: builtinService,
  newSeed: () => '00c0ffee',
  readFile: (path) => {
    const text = FILES[path]
    if (text !== undefined) return Buffer.from(text)
    if (path === 'mail.eml') return Buffer.from('Subject: x\n\nbody\n')
    if (path === 'empty') return Buffer.from('# nothing\n')
    if (path === 'backwards') return Buffer.from('2s\n1s\n')
    if (path === 'offsets') return Buffer.from('# at\n0\n0.25\n250ms # twice\n\n1.5s\r\n')
    if (path === 'users') return Buffer.from('# both\nann:se:cret\njürgen:пароль\n')
    throw Object.assign(new Error(`ENOENT: no such file or directory, open '${path}'`), { code: 'ENOENT' })
  },
  readFolder: (path) => (path === 'letters' ? ['b.eml', 'notes.txt', 'A.EML'] : null),
  checkWritable: (path) => {
    if (path.startsWith('/locked/')) throw Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' })
  },
}
