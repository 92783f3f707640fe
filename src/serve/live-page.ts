/** The live page as an answer: what it may load and run is what it brings along (Content Security Policy Level 3). */
import { createHash } from 'node:crypto'
import { type Answer, answerOf } from './http.js'

/** Makes the answer; the policy is made anew only when the page is another one. */
export function pageAnswerer(page: () => string): () => Answer {
  let known = ''
  let policy = ''
  return () => {
    const html = page()
    if (html !== known) {
      policy = policyOf(html)
      known = html
    }
    return answerOf(200, 'text/html; charset=utf-8', html, { 'content-security-policy': policy })
  }
}

/** Its own scripts by their hashes, its styles, pictures made in place, and connections to where it came from. */
export function policyOf(html: string): string {
  const scripts = [...html.matchAll(/<script\b([^>]*)>([\s\S]*?)<\/script/gi)]
    // What has another type is data and does not run.
    .filter(([, attributes = '']) => !/\btype\s*=\s*["']?(?!module\b|text\/javascript\b)/i.test(attributes))
    .map(([, , text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`)
  return [
    "default-src 'none'",
    `script-src ${scripts.length === 0 ? "'none'" : [...new Set(scripts)].join(' ')}`,
    "style-src 'unsafe-inline'",
    'img-src data: blob:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
