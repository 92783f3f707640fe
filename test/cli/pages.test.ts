import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { overview, verbHelp } from '#src/cli/help.js'
import { manualPages, manualVerb } from '#src/cli/manual.js'
import { doorWord, environmentName, isDoor } from '#src/cli/option.js'
import { OPTIONS, optionsOf } from '#src/cli/options.js'
import { roff } from '#src/cli/roff.js'
import { VERBS } from '#src/cli/verbs.js'
import { built } from '../peer/run-program.js'

const WITH_OPTIONS = [
  'source',
  'run',
  'sink',
  'stress',
  'malformed',
  'watch',
  'report',
  'profile',
  'compare',
  'doctor',
  'smtp-source',
  'smtp-sink',
  'go-smtp-source',
] as const
const visible = (verb: (typeof WITH_OPTIONS)[number]) =>
  optionsOf(verb).filter((option) => !option.hidden && (!isDoor(verb) || doorWord(option, verb) !== null))
const has = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0

describe('help', () => {
  for (const verb of WITH_OPTIONS) {
    it(`of ${verb} names every option, fits 100 columns, and hides the hidden`, () => {
      const help = verbHelp(verb)
      for (const line of help.split('\n')) assert.ok(line.length <= 100 && line === line.trimEnd(), line)
      for (const option of visible(verb)) {
        const word = doorWord(option, verb)
        if (word !== null) assert.match(help, new RegExp(`^ {2}${word}\\b`, 'm'))
        if (!isDoor(verb)) assert.ok(help.includes(`--${option.negatable ? '[no-]' : ''}${option.name}`), option.name)
      }
      for (const option of optionsOf(verb).filter(({ hidden }) => hidden)) assert.ok(!help.includes(option.name))
    })
  }

  it('of the program names every command', () => {
    for (const { name, sentence } of VERBS)
      assert.match(overview(), new RegExp(`^ {2}${name} +${sentence.slice(0, 20)}`, 'm'))
  })

  it('has a sentence for each option', () => {
    for (const { sentence, doorSentence } of OPTIONS) {
      for (const text of [sentence, doorSentence ?? sentence]) assert.match(text, /^[A-Za-z][^\n]*\.$/)
    }
  })
})

describe('manual pages', () => {
  const pages = manualPages()

  it('are one for the program and one for each command with options, with the sections a reader looks for', () => {
    assert.deepEqual(
      [...pages.keys()],
      [
        'stampede.1',
        'stampede-source.1',
        'stampede-run.1',
        'stampede-sink.1',
        'stampede-stress.1',
        'stampede-malformed.1',
        'stampede-watch.1',
        'stampede-report.1',
        'stampede-profile.1',
        'stampede-compare.1',
        'stampede-doctor.1',
        'smtp-source.1',
        'smtp-sink.1',
        'go-smtp-source.1',
      ],
    )
    for (const [name, page] of pages) {
      const sections = [...page.matchAll(/^\.SH "?([A-Z ]+)"?$/gm)].map(([, title]) => title)
      for (const title of ['NAME', 'SYNOPSIS', 'DESCRIPTION', 'OPTIONS', 'EXIT STATUS', 'EXAMPLES', 'SEE ALSO'])
        assert.ok(sections.includes(title), `${name}: ${title}`)
      assert.match(page, /^\.\\" .*\n\.TH "/)
      for (const line of page.split('\n'))
        assert.ok(!line.startsWith("'") && !/^\.(?![\\A-Z]|br|nf|fi)/.test(line), `${name}: ${line}`)
    }
  })

  it('are taken by man without a warning, and show every option', {
    skip: !has('man') && !has('mandoc') ? 'neither man nor mandoc is installed' : false,
  }, () => {
    const directory = mkdtempSync(join(tmpdir(), 'stampede-man-'))
    try {
      for (const verb of WITH_OPTIONS) {
        const name = isDoor(verb) ? `${verb}.1` : `stampede-${verb}.1`
        const path = join(directory, name)
        writeFileSync(path, pages.get(name)!)
        const [program, ...args] = has('man')
          ? ['man', '--warnings=w', '-l', path]
          : ['mandoc', '-T', 'utf8', '-W', 'warning', path]
        const shown = spawnSync(program!, args, {
          encoding: 'utf8',
          env: { ...process.env, MANWIDTH: '200', LC_ALL: 'C.UTF-8', MAN_KEEP_FORMATTING: '', PAGER: 'cat' },
        })
        assert.deepEqual([shown.status, shown.stderr], [0, ''])
        const text = shown.stdout
          .replace(/.\x08/g, '')
          .replace(/\x1b\[[0-9;]*m/g, '')
          .replaceAll('‐', '-')
        for (const option of visible(verb)) {
          const word = doorWord(option, verb)
          if (word !== null) assert.match(text, new RegExp(`^ +${word}\\b`, 'm'), word)
          if (!isDoor(verb)) assert.ok(text.includes(`--${option.name}`), option.name)
          const variable = environmentName(option)
          if (!isDoor(verb) && variable !== null) assert.ok(text.includes(variable), variable)
        }
      }
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  })

  it('are written to a directory by the verb', (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'stampede-man-'))
    try {
      t.mock.method(process.stdout, 'write', () => true)
      assert.equal(manualVerb([join(directory, 'new', 'man1')]), 0)
      t.mock.restoreAll()
      assert.deepEqual(readdirSync(join(directory, 'new', 'man1')).sort(), [...pages.keys()].sort())
      assert.equal(readFileSync(join(directory, 'new', 'man1', 'stampede.1'), 'utf8'), pages.get('stampede.1'))
      assert.throws(
        () => manualVerb(['/dev/null/x']),
        /^UsageError: manual: cannot write to '\/dev\/null\/x' \(.*\); give a directory that can be written\.$/,
      )
      assert.throws(() => manualVerb(['a', 'b']), /'b' is one operand too many/)
      assert.throws(() => manualVerb(['--x']), /--x is an unknown option/)
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  })

  it('escape what roff would take for its own', () => {
    assert.equal(roff("a-b\\c 'd'\n.e"), 'a\\-b\\ec \\(aqd\\(aq\n\\&.e')
  })
})

describe('completion', () => {
  const script = (shell: string) =>
    spawnSync(process.execPath, [built('bin/stampede.js'), 'completion', shell], { encoding: 'utf8' })

  /** What a real bash offers for these words; the last one is being typed. */
  function offered(...words: string[]): string[] {
    const list = words.map((word) => `'${word}'`).join(' ')
    const run = `${script('bash').stdout}\ncomplete -p stampede >&2\nCOMP_WORDS=(stampede ${list})\nCOMP_CWORD=${words.length}\n_stampede\nprintf '%s\\n' "\${COMPREPLY[@]}"`
    const shell = spawnSync('bash', ['--norc', '-eu', '-c', run], { encoding: 'utf8' })
    assert.deepEqual([shell.status, shell.stderr], [0, 'complete -F _stampede stampede\n'])
    return shell.stdout.split('\n').filter((word) => word !== '')
  }

  it('works in a real bash', () => {
    assert.deepEqual(offered('s'), ['source', 'sink', 'stress', 'smtp-source', 'smtp-sink'])

    assert.deepEqual(offered('source', '--re').sort(), ['--recipient', '--recipients', '--retry', '--reuse'])
    assert.deepEqual(offered('source', '--retry', ''), ['off', 'later'])
    assert.deepEqual(offered('source', '--retry', '=', 'l'), ['later'])
    assert.deepEqual(offered('source', '--until', 'g'), ['greeting'])
    assert.deepEqual(offered('source', '-m', ''), [])
    assert.deepEqual(offered('source', '-F', '/etc/hostn'), ['/etc/hostname'])
    assert.deepEqual(offered('completion', ''), ['bash', 'zsh', 'fish'])
    for (const verb of WITH_OPTIONS) {
      const all = offered(verb, '-')
      for (const option of visible(verb)) {
        const word = doorWord(option, verb)
        if (word !== null) assert.ok(all.includes(word), word)
        if (!isDoor(verb)) assert.ok(all.includes(`--${option.name}`), option.name)
      }
      assert.ok(!all.includes('--no-record'))
    }
  })

  it('names every option for zsh and fish, quotes closed', () => {
    for (const shell of ['zsh', 'fish']) {
      const { status, stdout } = script(shell)
      assert.equal(status, 0)
      for (const option of WITH_OPTIONS.filter((verb) => !isDoor(verb)).flatMap(visible))
        assert.ok(stdout.includes(option.name), `${shell}: ${option.name}`)
      const unescaped = shell === 'zsh' ? stdout.replaceAll("'\\''", '') : stdout.replaceAll("\\'", '')
      assert.equal((unescaped.match(/'/g) ?? []).length % 2, 0)
    }
    if (has('zsh')) assert.equal(spawnSync('zsh', ['-n'], { input: script('zsh').stdout }).status, 0)
    if (has('fish')) assert.equal(spawnSync('fish', ['-n'], { input: script('fish').stdout }).status, 0)
  })

  it('refuses other shells', () => {
    for (const [shell, sentence] of [
      ['tcsh', /^stampede: completion: 'tcsh' is not known; give bash, zsh or fish\.\n$/],
      ['--x', /unknown option/],
    ] as const) {
      const { status, stderr } = script(shell)
      assert.equal(status, 2)
      assert.match(stderr, sentence)
    }
  })
})
