/** The page in a real browser: the report from disk, and the live page while a run goes. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { Company } from '#src/cli/company.js'
import { PageFeed } from '#src/cli/page-feed.js'
import { SinkPageFeed } from '#src/cli/sink-page-feed.js'
import { sink } from '#src/index.js'
import { curveOf } from '#src/plan/rate-shape.js'
import { pageData } from '#src/report/page/data.js'
import { reportPage } from '#src/report/page/html.js'
import type { PageData, PageFind } from '#src/report/page/model.js'
import { LiveFeed } from '#src/serve/feed.js'
import { browserOfSuite } from '../peer/browser.js'
import { missing } from '../peer/distribution.js'
import { feedServer } from '../peer/feed-server.js'
import { runLoad } from '../peer/load.js'
import { colours, connection, dataOf, drawn, overflow, plotsOf, timedPlots } from '../peer/page-state.js'
import { sinkWithMetrics } from '../peer/sink-with-metrics.js'
import { evenly, planOf } from '../plan/source-plan.js'
import { longRun } from '../report/hour.js'

const HOSTILE = '</script><img src=x onerror="globalThis.taken=1"><b id="planted">'
const host = { cpu: 0.5, memoryUsed: 1e9, memoryTotal: 2e9, load: 1, receivedPerSecond: null, sentPerSecond: null }

/** A run of some minutes with all that a page can show. */
function everything(): PageData {
  const made = longRun({ seconds: 240, rate: 5000 })
  const { timeline, plan } = made
  const result = {
    ...made.result,
    target: `smtp://10.0.0.5:25 ${HOSTILE}`,
    tags: { build: HOSTILE },
    notes: [HOSTILE],
    replies: made.result.replies.map((row) => ({ ...row, sample: HOSTILE })),
    thresholds: [{ text: 'message.p99 < 50ms', value: 21.4, unit: 'ms' as const, ok: true, abortedMs: null }],
  }
  const curve = curveOf(plan.load.arrivals!)
  const run = { result, timeline, due: (ms: number) => curve.dueBy(ms), durationMs: plan.load.durationMs }
  const samples = Array.from({ length: 240 }, (_, i) => ({
    atMs: i * 1000 + 20,
    host,
    server: {
      ...{
        processes: 12,
        cpuUserMs: i * 900,
        cpuSystemMs: i * 400,
        rss: 3e8 + i * 1e5,
        pss: 2e8,
        vsz: 1e9,
        threads: 14,
      },
      descriptors: { total: 420, sockets: 210, pipes: 60, files: 140, other: 10 },
      sockets: { ESTABLISHED: 200, TIME_WAIT: i },
      accept: { waiting: i % 5, limit: 128, overflows: 0 },
      ...{ switches: null, disk: null, cgroup: null },
    },
  }))
  const events = [{ atMs: 149_000, kind: 'died' as const, pid: 4711, text: `4711 died ${HOSTILE}` }]
  const find: PageFind = {
    points: [1000, 2000, 3000, 4000].map((rate, i) => ({
      rate,
      accepted: rate - i * 50,
      p99: 9000 * 2 ** i,
      held: i < 3,
    })),
    knee: 2,
  }
  return pageData(run, { watched: { target: ':25', samples, events }, baseline: made.result, find, other: null })
}

const skip = missing('chromium')

describe('the page in a browser', { skip }, () => {
  const chrome = browserOfSuite()
  const file = (name: string, data: PageData) => chrome.file(name, reportPage(data))

  for (const [width, dark] of [
    [1440, false],
    [390, true],
  ] as const)
    it(`a report from disk at ${width} px, ${dark ? 'dark' : 'light'}: every plot has data, nothing sticks out, nothing is asked for`, async () => {
      const url = file('report.html', everything())
      const { page, errors, requests } = await chrome.open({ width, dark })
      await page.goto(url)
      await drawn(page, 20)
      const plots = await plotsOf(page)
      const ids = plots.map(({ id }) => id)
      for (const id of [
        'messages',
        'percentiles',
        'heat',
        'spectrum',
        'phase-dot',
        'phase-connect',
        'replies',
        'errors',
        'sessions',
        'connects',
        'bytes',
        'utilisation',
        'lag',
        'server-cpu',
        'server-memory',
        'server-descriptors',
        'server-sockets',
        'find',
      ])
        assert.ok(ids.includes(id), `no plot ${id} in ${ids}`)
      for (const { id, points, lines } of plots) {
        assert.ok(lines.length > 0, id)
        for (const { label, length, known } of lines) assert.ok(length === points && known > 0, `${id}: ${label}`)
      }
      for (const [id, many] of Object.entries(await colours(page)))
        assert.ok(many > 8, `${id} is blank (${many} colours)`)
      assert.ok((await overflow(page)) <= 0, `${await overflow(page)} px stick out`)
      // That the server died stands in the head of the page.
      assert.equal(await page.textContent('header [role=alert]'), `server: 4711 died ${HOSTILE} at 02:29`)
      assert.ok(await page.isVisible('header [role=alert]'))
      assert.equal(await page.locator('#planted, img, iframe, object').count(), 0)
      assert.equal(await page.evaluate(() => (globalThis as { taken?: number }).taken), undefined)
      assert.ok((await page.textContent('body'))!.includes(HOSTILE))
      assert.deepEqual(errors, [])
      assert.deepEqual(requests, [url])
      await page.close()
    })

  it('one cursor for all plots over time, by pointer and by keys; zoom, themes, tables', async () => {
    const { page, errors } = await chrome.open({ width: 1440 })
    await page.goto(file('cursor.html', everything()))
    await drawn(page, 20)
    await hover(page, '#messages', 0.5)
    const at = await timedPlots(page)
    const cursors = new Set(at.map(({ cursor }) => cursor))
    assert.ok(!cursors.has(null) && [...cursors].every((one) => Math.abs(one! - 120) <= 2), `${[...cursors]}`)
    for (const {
      id,
      hover: [place, ...values],
    } of at) {
      assert.match(place!, /^at 0[12]:\d\d$/, id)
      assert.ok(
        values.some((value) => value !== ''),
        id,
      )
    }
    await page.mouse.move(5, 5)
    assert.deepEqual(new Set((await timedPlots(page)).map(({ cursor }) => cursor)), new Set([null]))

    await page.focus('#percentiles .canvas')
    await page.keyboard.press('Home')
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Shift+ArrowRight')
    const moved = await timedPlots(page)
    assert.deepEqual(new Set(moved.map(({ cursor }) => cursor)), new Set([11]))
    assert.match((await page.textContent('p.unseen[role=status]'))!, /^00:11: p50 .* ms, p90 .* ms/)
    await page.keyboard.press('Escape')
    assert.deepEqual(new Set((await timedPlots(page)).map(({ cursor }) => cursor)), new Set([null]))

    const range = (id: string) =>
      page.textContent(`${id} .canvas`).then(() =>
        page.evaluate((one) => {
          const plots = (globalThis as unknown as { stampede: { plots: { id: string; range: [number, number] }[] } })
            .stampede.plots
          return plots.find((plot) => plot.id === one.slice(1))!.range
        }, id),
      )
    assert.deepEqual(await range('#bytes'), [0, 239])
    await page.keyboard.press('+')
    const [from, to] = await range('#bytes')
    assert.ok(to - from < 130, `${from} to ${to}`)
    await page.getByRole('button', { name: 'Show all times' }).click()
    assert.deepEqual(await range('#bytes'), [0, 239])

    const background = () => page.evaluate('getComputedStyle(document.body).backgroundColor')
    const light = await background()
    await page.getByRole('button', { name: 'Change to the dark theme' }).click()
    assert.notEqual(await background(), light)
    for (const [id, many] of Object.entries(await colours(page))) assert.ok(many > 8, `${id} is blank in the dark`)
    await page.getByRole('button', { name: 'Change to the light theme' }).click()
    assert.equal(await background(), light)

    const figure = page.locator('#messages')
    await figure.locator('summary').click()
    // Chromium tells that it is open in a task of its own.
    await figure.locator('tbody tr').first().waitFor()
    assert.ok((await figure.locator('tbody tr').count()) >= 100)
    const asked = figure.getByRole('button', { name: /^asked/ })
    await asked.click()
    assert.equal(await asked.getAttribute('aria-pressed'), 'false')
    // Whoever does not see has every plot by name, in words, and as a table.
    for (const { id } of await plotsOf(page)) {
      const box = page.locator(`#${id} .canvas`)
      assert.ok((await box.getAttribute('aria-label'))!.length > 10, id)
      assert.match((await page.textContent(`#${id}-summary`))!, /\d/, id)
      assert.ok((await page.textContent(`#${id}-words`))!.length > 10, id)
    }
    assert.deepEqual(errors, [])
    await page.close()
  })

  it('two runs are laid over one another', async () => {
    const [a, b] = [longRun({ seconds: 60, rate: 5000 }), longRun({ seconds: 60, rate: 3000 })].map((one) => ({
      ...one,
      due: null,
    }))
    const { page } = await chrome.open({ width: 1440 })
    await page.goto(file('two.html', pageData(a!, { other: { run: b!, label: 'B', own: 'A' } })))
    await drawn(page, 10)
    const plots = await plotsOf(page)
    const labels = (id: string) => plots.find((plot) => plot.id === id)!.lines.map(({ label }) => label)
    assert.ok(labels('messages').includes('accepted A') && labels('messages').includes('accepted B'))
    assert.deepEqual(labels('percentiles'), ['p50 A', 'p99 A', 'p50 B', 'p99 B'])
    assert.deepEqual(labels('spectrum'), ['response A', 'service A', 'response B', 'service B'])
    await page.close()
  })

  it('the report of an hour opens', async () => {
    const { result, timeline, plan } = longRun({ seconds: 3600, rate: 50_000 })
    const curve = curveOf(plan.load.arrivals!)
    const url = file('hour.html', pageData({ result, timeline, due: (ms) => curve.dueBy(ms), durationMs: 3_600_000 }))
    const { page, errors } = await chrome.open({ width: 1440 })
    const began = performance.now()
    await page.goto(url)
    const open = performance.now() - began
    await drawn(page, 15)
    const all = performance.now() - began
    console.log(
      `an hour: open after ${Math.round(open)} ms, the last plot out of sight drawn after ${Math.round(all)} ms`,
    )
    assert.ok(open < 30_000, 'bounded')
    assert.equal((await plotsOf(page)).find(({ id }) => id === 'messages')!.points, 3600)
    assert.deepEqual(errors, [])
    await page.close()
  })

  it('the live page follows a run, stays over a lost connection, and ends as the report', async () => {
    await using target = await sink()
    const feed = new LiveFeed()
    await using server = await feedServer(feed)
    const plan = {
      ...planOf({
        load: { messages: null, durationMs: 300_000, sessions: 4, arrivals: evenly(300), drainMs: 5000 },
        wire: { timeoutMs: 5000 },
      }),
      target: { kind: 'inet' as const, host: '127.0.0.1', port: target.port, text: target.address },
    }
    const { page, errors } = await chrome.open({ width: 1440 })
    await page.goto(`${server.url}#token=geheim`)
    const company = new Company()
    const again = 'stampede source --rate 300/s'
    company.add(new PageFeed({ plan, feed, again }))
    // It goes on until everything has been looked at.
    const end = new AbortController()
    const running = company.run(plan, { signal: end.signal, now: new AbortController().signal }, { again })
    await drawn(page, 8)
    await connection(page, 'live')
    assert.equal(await page.textContent('.badge'), 'LIVE')
    assert.ok(!page.url().includes('geheim'))
    const points = (id: string) => plotsOf(page).then((all) => all.find((plot) => plot.id === id)?.points ?? 0)
    const before = await points('messages')
    server.drop()
    await page.waitForFunction((many) => {
      const { plots } = (globalThis as unknown as { stampede: { plots: { state: { id: string; points: number } }[] } })
        .stampede
      return plots.find(({ state }) => state.id === 'messages')!.state.points > many
    }, before)
    await page.getByRole('button', { name: 'Rate up by a tenth' }).click()
    await page.locator('.said', { hasText: 'done' }).waitFor()
    end.abort()
    const result = await running
    await connection(page, 'the run is over')
    assert.deepEqual(server.sent, [{ call: 'PUT /api/rate', token: 'Bearer geheim', body: '{"scale":1.1}' }])
    assert.ok(server.resumed.length >= 2 && server.resumed.at(-1)! > 0, `${server.resumed}`)
    const shown = await dataOf(page)
    assert.equal(shown.totals.accepted, result.messages.accepted)
    assert.equal(
      shown.rows.columns.accepted!.reduce<number>((sum, one) => sum + (one ?? 0), 0),
      target.totals().messages,
    )
    assert.deepEqual([...new Set(shown.rows.at)], shown.rows.at)
    assert.match((await page.textContent('.badge'))!, /^PASS$/)
    assert.equal(await page.locator('button.stop').count(), 0)
    // Chromium tells of the connection that was broken on purpose.
    assert.deepEqual(
      errors.filter((text) => !/ERR_(INCOMPLETE_CHUNKED_ENCODING|CONNECTION|EMPTY_RESPONSE)/.test(text)),
      [],
    )
    await page.close()
  })

  it('the live page of a sink', async () => {
    const feed = new LiveFeed()
    await using server = await feedServer(feed)
    await using target = await sink({ reject: 'rcpt:451:20%', seed: 'ab' })
    const shown = new SinkPageFeed(feed)
    shown.started(target, { workers: 1, seed: 'ab', again: 'stampede sink' })
    const { page, errors } = await chrome.open({ width: 390 })
    await page.goto(server.url)
    const plan = {
      ...planOf({ load: { messages: 300, sessions: 2 }, wire: { timeoutMs: 5000 } }),
      ...{
        target: { kind: 'inet' as const, host: '127.0.0.1', port: target.port, text: target.address },
        allowReject: true,
      },
    }
    const never = new AbortController().signal
    await new Company().run(plan, { signal: never, now: never }, { again: '' })
    shown.look()
    shown.look()
    await drawn(page, 5)
    const ids = (await plotsOf(page)).map(({ id }) => id)
    for (const id of ['messages', 'sessions', 'bytes', 'replies', 'faults', 'phase-rcpt', 'phase-dot'])
      assert.ok(ids.includes(id), `${ids}`)
    assert.ok((await overflow(page)) <= 0)
    shown.close()
    await connection(page, 'the run is over')
    const data = await dataOf(page)
    assert.equal(
      data.rows.columns.messages!.reduce<number>((sum, one) => sum + (one ?? 0), 0),
      target.totals().messages,
    )
    assert.deepEqual(errors, [])
    await page.close()
  })

  it('the policy of a sink: shown, refused with its reason, changed, and taken away', async () => {
    const { running, url, token, target } = await sinkWithMetrics()
    const send = () => runLoad({ target, sessions: 1, messages: 3, allowReject: true })
    const { page, errors } = await chrome.open({ width: 1440 })
    await page.goto(`${url}/#token=${token}`)
    const open = () => page.getByRole('button', { name: 'Policy …' }).click()
    const dialog = page.getByRole('dialog', { name: 'Policy of the sink' })
    const put = async (text: string) => {
      await dialog.getByRole('textbox').fill(text)
      await dialog.getByRole('button', { name: 'Take it' }).click()
    }
    await open()
    assert.equal(await dialog.getByRole('textbox').inputValue(), 'null')
    await put('{')
    await dialog.getByText('This is no JSON.').waitFor()
    await put('{"reject":["rcpt:550:2"]}')
    await dialog.getByText(/^policy: reject\[0\] 'rcpt:550:2' share/).waitFor()
    assert.equal((await send()).messages.accepted, 3)
    await put('{"reject":["rcpt:550:1"]}')
    await dialog.waitFor({ state: 'detached' })
    assert.equal((await send()).messages.refused, 3)
    await open()
    const shown = JSON.parse(await dialog.getByRole('textbox').inputValue()) as { reject: { code: number }[] }
    assert.equal(shown.reject[0]!.code, 550)
    await dialog.getByRole('button', { name: 'Leave it' }).click()
    await dialog.waitFor({ state: 'detached' })
    assert.equal((await send()).messages.refused, 3)
    await open()
    await put('null')
    await dialog.waitFor({ state: 'detached' })
    assert.equal((await send()).messages.accepted, 3)
    // Chromium tells of the one that was refused.
    assert.deepEqual(
      errors.filter((text) => !text.includes('status of 400')),
      [],
    )
    await page.close()
    running.kill('SIGTERM')
    await running.done
  })
})

/** Puts the pointer over a plot, so far from its left. */
async function hover(page: Page, selector: string, share: number): Promise<void> {
  const over = page.locator(`${selector} .u-over`)
  await over.scrollIntoViewIfNeeded()
  const box = (await over.boundingBox())!
  await page.mouse.move(box.x + box.width * share, box.y + box.height / 2)
}
