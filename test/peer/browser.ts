/** A real browser that is told to leave the network alone, with a profile of its own that goes when it goes. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium, type Page } from 'playwright-core'

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

/** Starts it. */
export async function browser(): Promise<Browser> {
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
