import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import type { Page } from 'playwright-core'
import { profilePage } from '#src/profile/page.js'
import type { ProfileDocument } from '#src/profile/shape.js'
import { browserOfSuite } from '../peer/browser.js'
import { missing } from '../peer/distribution.js'
import { built, run } from '../peer/run-program.js'
import { SinkProcess } from '../peer/sink-process.js'

/** Reading the accounts of all threads, twice. */
const LOOKING_US = 20_000
const HOSTILE = '<img src=x onerror="document.title=\'taken\'">'
const STAMPEDE = { name: 'stampede', command: [process.execPath, built('bin/stampede.js')] as [string, string] }

describe('the flame graph in Chromium', { skip: missing('chromium'), timeout: 180_000 }, () => {
  const browser = browserOfSuite()
  let folder: string
  let file: string
  let profile: ProfileDocument

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'stampede-flame-'))
    file = join(folder, 'flame.html')
    await using sink = await SinkProcess.start()
    const load = [
      'source',
      '--quiet',
      '-s',
      '10',
      '--duration',
      '3s',
      '--tag',
      `x=${HOSTILE}`,
      `127.0.0.1:${sink.port}`,
    ]
    const ran = await run(STAMPEDE, ['profile', '--after', '200ms', '--out-dir', folder, ...load], {
      timeoutMs: 60_000,
    })
    assert.equal(ran.code, 0, ran.stderr)
    profile = JSON.parse(readFileSync(join(folder, 'profile.json'), 'utf8'))
  })
  after(async () => {
    rmSync(folder, { recursive: true, force: true })
  })

  /** A page of its own, once it has drawn. */
  async function opened(url = pathToFileURL(file).href, dark = false) {
    const { page, errors, requests } = await browser.open({ width: 1280, height: 1000, dark })
    await page.goto(url)
    await page.waitForSelector('g.frame')
    return { page, errors, requests }
  }

  const frames = (page: Page) =>
    page.locator('g.frame').evaluateAll((all) => all.map((one) => one.getAttribute('name')))

  it('shows the frames that were sampled, asks for nothing else, complains of nothing, and takes no name for markup', async () => {
    const { page, errors, requests } = await opened()
    const shown = await frames(page)
    for (const name of ['process', 'workers', 'main thread', 'writeBuffer']) assert.ok(shown.includes(name), name)
    assert.match((await page.textContent('.facts'))!, /messages in that time/)
    assert.ok((await page.textContent('.command'))!.includes(HOSTILE))
    assert.equal(await page.title(), 'Stampede profile')
    assert.equal(await page.locator('img').count(), 0)
    assert.deepEqual(errors, [])
    assert.deepEqual(requests, [pathToFileURL(file).href])
  })

  it('has functions that add up to the CPU of the process within 5 %', () => {
    const [section] = profile.sections
    const sum = section!.functions.reduce((total, { selfUs }) => total + selfUs, 0)
    const used = profile.process.userUs + profile.process.systemUs
    // On a machine that leaves it next to no CPU, what it costs to look shows.
    assert.ok(Math.abs(sum - used) < Math.max(0.05 * used, LOOKING_US), `${sum} of ${used}`)
  })

  it('finds, zooms in and comes back', async () => {
    const { page } = await opened()
    const before = await frames(page)
    await page.fill('input[type=search]', 'WRITEbuffer')
    assert.match((await page.textContent('output'))!, /^\d+ found, .*%$/)
    const found = page.locator('g.frame[name=writeBuffer] rect').first()
    assert.equal(await found.getAttribute('fill'), 'var(--found)')
    await page.fill('input[type=search]', '(poll')
    assert.match((await page.textContent('output'))!, /^[1-9]\d* found/)
    const widthOf = () =>
      page
        .locator('g.frame[name=workers] rect')
        .first()
        .evaluate((one) => one.getBoundingClientRect().width)
    const narrow = await widthOf()
    await page.locator('g.frame[name=workers]').first().click()
    while ((await widthOf()) <= narrow + 10) await page.waitForTimeout(50)
    await page.getByRole('button', { name: 'Whole graph' }).click()
    while ((await widthOf()) >= narrow + 2) await page.waitForTimeout(50)
    assert.deepEqual((await frames(page)).sort(), before.sort())
    assert.equal(await page.inputValue('input[type=search]'), '')
  })

  it('is as readable in the dark, and sorts its table', async () => {
    const { page, errors } = await opened(undefined, true)
    const paper = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
    const [red = 255] = paper.match(/\d+/g)!.map(Number)
    assert.ok(red < 60, paper)
    await page.getByRole('button', { name: 'with calls' }).first().click()
    assert.equal(await page.locator('th[aria-sort=descending]').first().textContent(), 'with calls')
    assert.deepEqual(errors, [])
  })

  it('takes names that would be markup, of frames too', async () => {
    const [section] = profile.sections
    const evil = { ...section!.flame, children: [{ ...section!.flame, name: HOSTILE, place: HOSTILE, children: [] }] }
    const functions = [{ ...section!.functions[0]!, name: HOSTILE, place: HOSTILE }]
    const script = readFileSync(built('modules/profile/browser/main.js'), 'utf8')
    const sections = [{ ...section!, title: HOSTILE, flame: evil, functions }]
    const url = browser.file('hostile.html', profilePage({ ...profile, sections }, script))
    const { page, errors } = await opened(url)
    assert.ok((await frames(page)).includes(HOSTILE))
    assert.equal(await page.locator('img').count(), 0)
    assert.equal(await page.title(), 'Stampede profile')
    assert.deepEqual(errors, [])
  })
})
