/** The page of a watch in a real browser. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { watchPage } from '#src/report/watch-page/html.js'
import { browserOfSuite } from '../peer/browser.js'
import { missing } from '../peer/distribution.js'
import { colours, drawn, overflow, plotsOf } from '../peer/page-state.js'
import { watchResult } from '../report/watch-result.js'

const HOSTILE = '</script><img src=x onerror="globalThis.taken=1"><b id="planted">'
const DIED = { atMs: 58_500, kind: 'died', pid: 7, text: 'smtpd (process 7) ended' } as const

describe('the page of a watch', { skip: missing('chromium') }, () => {
  const chrome = browserOfSuite()

  for (const [width, dark] of [
    [1440, false],
    [390, true],
  ] as const)
    it(`at ${width} px, ${dark ? 'dark' : 'light'}: the death first, verdicts, plots with data, nothing sticks out, nothing is asked for`, async () => {
      const page = watchPage(watchResult({ leak: 100_000, events: [DIED], about: HOSTILE, notes: [HOSTILE] }))
      const url = chrome.file('watch.html', page)
      const { page: shown, errors, requests } = await chrome.open({ width, dark, height: 6000 })
      await shown.goto(url)
      await drawn(shown, 5)
      const plots = await plotsOf(shown)
      assert.deepEqual(
        plots.map(({ id }) => id),
        ['watched-memory', 'server-cpu', 'server-memory', 'server-descriptors', 'server-sockets'],
      )
      for (const { id, points } of plots) assert.equal(points, id.startsWith('watched-') ? 13 : 61, id)
      for (const [id, many] of Object.entries(await colours(shown))) assert.ok(many > 8, `${id} is blank`)
      assert.deepEqual(await shown.locator('.badge').allTextContents(), ['FAIL', 'LEAKING'])
      assert.equal(await shown.textContent('.happened'), 'server: smtpd (process 7) ended at 58.5 s')
      assert.match((await shown.textContent('#s-server table'))!, /threads3333/)
      assert.ok((await overflow(shown)) <= 0, `${await overflow(shown)} px stick out`)
      assert.equal(await shown.locator('#planted, img').count(), 0)
      assert.ok((await shown.textContent('main'))!.includes(HOSTILE))
      assert.deepEqual([errors, requests], [[], [url]])
      await shown.close()
    })

  it('a stretch of the time is shown in all plots over time, and all of it again', async () => {
    const { page, errors } = await chrome.open({ width: 1440, height: 6000 })
    await page.goto(chrome.file('watch.html', watchPage(watchResult())))
    await drawn(page, 4)
    const shown = () =>
      page.evaluate<number[]>('stampede.plots.filter(({ timed }) => timed).map(({ range: [from, to] }) => to - from)')
    const [all] = await shown()
    await page.focus('#server-cpu .canvas')
    for (const key of ['Home', '+']) await page.keyboard.press(key)
    for (const width of await shown()) assert.ok(width < all!, `${width} of ${all}`)
    await page.click('button.all')
    for (const width of await shown()) assert.equal(width, all)
    assert.deepEqual(errors, [])
    await page.close()
  })
})
