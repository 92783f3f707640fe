import type { Machine } from '#src/cli/machine.js'
import { builtinService } from '#src/plan/target.js'

/** A machine that is the same everywhere: four cores, two files, always the same seed. */
export const MACHINE: Machine = {
  hostname: 'client.example',
  cores: 4,
  lookupService: builtinService,
  newSeed: () => '00c0ffee',
  readFile: (path) => {
    if (path === 'mail.eml') return Buffer.from('Subject: x\n\nbody\n')
    if (path === 'empty') return Buffer.from('# nothing\n')
    if (path === 'backwards') return Buffer.from('2s\n1s\n')
    if (path === 'offsets') return Buffer.from('# at\n0\n0.25\n250ms # twice\n\n1.5s\r\n')
    if (path === 'users') return Buffer.from('# both\nann:se:cret\njürgen:пароль\n')
    throw Object.assign(new Error(`ENOENT: no such file or directory, open '${path}'`), { code: 'ENOENT' })
  },
  readFolder: () => null,
  checkWritable: (path) => {
    if (path.startsWith('/locked/')) throw Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' })
  },
}
