/** The page of a search for leaks in a real browser. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { leaksPage } from '#src/report/leak-page/html.js'
import { browserOfSuite } from '../peer/browser.js'
import { missing } from '../peer/distribution.js'
import { colours, drawn, overflow, plotsOf } from '../peer/page-state.js'
import { documentOf } from '../report/leak-document.js'

const HOSTILE = '</script><img src=x onerror="globalThis.taken=1"><b id="planted">'

/** A leak, and a server that warmed up. */
function leakAndCache(): string {
  const [leak] = documentOf({ cycles: 12, leaks: { message: 1024 } }).leaks
  const warm = documentOf({ cycles: 24, warm: { most: 60 * 1024 * 1024, part: 0.5 } })
  const plans = [leak!, { ...warm.leaks[0]!, plan: 'own', notes: [HOSTILE] }]
  return leaksPage({ ...warm, target: HOSTILE, word: 'leaking', leaks: plans })
}

describe('the page of a search for leaks', { skip: missing('chromium') }, () => {
  const chrome = browserOfSuite()

  for (const [width, dark] of [
    [1440, false],
    [390, true],
  ] as const)
    it(`at ${width} px, ${dark ? 'dark' : 'light'}: verdicts, plots with data, nothing sticks out, nothing is asked for`, async () => {
      const url = chrome.file('leaks.html', leakAndCache())
      const { page, errors, requests } = await chrome.open({ width, dark, height: 2600 })
      await page.goto(url)
      await drawn(page, 2)
      const plots = await plotsOf(page)
      assert.deepEqual(
        plots.map(({ id, points, lines }) => [id, points, lines.map(({ known }) => known)]),
        [
          ['short-sessions-memory', 13, [13, 13]],
          ['own-memory', 25, [25]],
        ],
      )
      for (const [id, many] of Object.entries(await colours(page))) assert.ok(many > 8, `${id} is blank`)
      assert.deepEqual(await page.locator('.badge').allTextContents(), ['LEAKING', 'LEAKING', 'WARMING UP'])
      assert.match((await page.textContent('#s-short-sessions h2'))!, /memory leaking \(≈ 1,02\d B per message\)/)
      assert.ok((await overflow(page)) <= 0, `${await overflow(page)} px stick out`)
      assert.equal(await page.locator('#planted, img').count(), 0)
      assert.ok((await page.textContent('main'))!.includes(HOSTILE))
      assert.deepEqual([errors, requests], [[], [url]])
      await page.close()
    })

  it('by keys: the cursor stands on cycles and says their levels', async () => {
    const { page, errors } = await chrome.open({ width: 1440, height: 2600 })
    await page.goto(chrome.file('leaks.html', leakAndCache()))
    await drawn(page, 2)
    await page.focus('#own-memory .canvas')
    for (const key of ['Home', 'ArrowRight']) await page.keyboard.press(key)
    assert.match((await page.textContent('[role=status]'))!, /^after cycle 2: after the rest \d+(\.\d+)? MB$/)
    const before = await page.evaluate('getComputedStyle(document.body).backgroundColor')
    await page.click('button.theme')
    assert.notEqual(await page.evaluate('getComputedStyle(document.body).backgroundColor'), before)
    assert.deepEqual(errors, [])
    await page.close()
  })
})
