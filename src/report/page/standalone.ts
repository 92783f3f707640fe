/**
 * A page as one file that needs nothing else: no network, no inline handlers. Its policy lets only its script and its first style in, by their hashes,
 * so that a text which somehow became markup could still do nothing.
 */
import { createHash } from 'node:crypto'

/** Both themes before the script has run, so that nothing flashes. */
const FIRST_STYLE =
  ':root{color-scheme:light dark;background:#f7f8fa}@media(prefers-color-scheme:dark){:root{background:#12161c}}body{margin:0}noscript pre{margin:1rem;white-space:pre-wrap}'

export interface Standalone {
  readonly title: string
  /** Compiled for a browser; it finds `data` in the element with that id. */
  readonly script: string
  readonly data: unknown
  /** What is shown where scripts are not run. */
  readonly summary: string
  /** Whether it may ask the server that it came from. */
  readonly connects: boolean
}

/** The page as HTML. */
export function standalone({ title, script, data, summary, connects }: Standalone): string {
  const policy = [
    "default-src 'none'",
    `script-src '${hash(script)}'`,
    `style-src '${hash(FIRST_STYLE)}'`,
    `connect-src ${connects ? "'self'" : "'none'"}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="referrer" content="no-referrer">',
    '<link rel="icon" href="data:,">',
    `<title>${escaped(title)}</title>`,
    `<style>${FIRST_STYLE}</style>`,
    '</head>',
    '<body>',
    `<noscript><pre>${escaped(summary)}</pre></noscript>`,
    `<script type="application/json" id="data">${embedded(data)}</script>`,
    `<script>${script}</script>`,
    '</body>',
    '</html>',
    '',
  ].join('\n')
}

/** JSON that can stand in a script element: it holds no `<`, so nothing can end the element or begin a comment. */
export function embedded(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c')
}

function hash(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

function escaped(text: string): string {
  const known: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
  return text.replace(/[&<>"]/g, (char) => known[char]!)
}
