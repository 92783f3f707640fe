/** A real browser that is told to leave the network alone, with a profile of its own that goes when it goes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before } from 'node:test'
import { pathToFileURL } from 'node:url'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { need } from './distribution.js'

const ARGS = [
  ...[
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
  ],
  ...['--disable-component-update', '--disable-sync'],
]

export interface Look {
  readonly width: number
  readonly height?: number
  readonly dark?: boolean
}

export interface Browser extends AsyncDisposable {
  /** A page of that size; what it says on its console as an error, and every address that it asks for, are kept. */
  open(look: Look): Promise<Opened>
}

export interface Opened {
  readonly page: Page
  readonly errors: readonly string[]
  readonly requests: readonly string[]
}

/** The browser of a suite, and a folder for its pages: there before its first test, gone after its last. For the body of a `describe`. */
export function browserOfSuite(): Pick<Browser, 'open'> & { file(name: string, html: string): string } {
  const folder = mkdtempSync(join(tmpdir(), 'stampede-pages-'))
  let started: Browser | undefined
  before(async () => {
    need('chromium')
    started = await browser()
  })
  after(async () => {
    await started?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })
  return {
    open: (look) => started!.open(look),
    /** Written to disk; its address. */
    file(name, html) {
      const path = join(folder, name)
      writeFileSync(path, html)
      return pathToFileURL(path).href
    },
  }
}

/** Starts one. */
async function browser(): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'stampede-browser-'))
  const context: BrowserContext = await chromium.launchPersistentContext(profile, {
    executablePath: '/usr/bin/chromium',
    args: ARGS,
    // A machine that is busy with other suites takes its time.
    timeout: 60_000,
  })
  context.setDefaultTimeout(60_000)
  return {
    async open({ width, height = 900, dark = false }) {
      const page = await context.newPage()
      const errors: string[] = []
      const requests: string[] = []
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text())
      })
      page.on('pageerror', (error) => errors.push(String(error)))
      page.on('request', (request) => requests.push(request.url()))
      await page.setViewportSize({ width, height })
      await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce' })
      return { page, errors, requests }
    },
    async [Symbol.asyncDispose]() {
      await context.close()
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
