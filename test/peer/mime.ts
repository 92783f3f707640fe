/** A reader of MIME messages (RFC 2045, 2046), as much of it as composed ones need. */

/** A part without parts. */
export interface MimeLeaf {
  readonly type: string
  readonly fileName: string | null
  readonly content: Buffer
}

/** The header fields of a message or part, unfolded, by lower-case name, and what follows them. */
export function headAndBody(octets: string): { readonly fields: ReadonlyMap<string, string>; readonly body: string } {
  const gap = octets.indexOf('\r\n\r\n')
  const head = (gap < 0 ? octets : octets.slice(0, gap)).replace(/\r\n(?=[ \t])/g, '')
  const fields = new Map<string, string>()
  for (const line of head.split('\r\n')) {
    const colon = line.indexOf(':')
    if (colon > 0) fields.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim())
  }
  return { fields, body: gap < 0 ? '' : octets.slice(gap + 4) }
}

/** The leaves of a message in their order; its octets one character each. */
export function mimeLeaves(octets: string): MimeLeaf[] {
  const { fields, body } = headAndBody(octets)
  const type = fields.get('content-type') ?? 'text/plain'
  const boundary = /boundary="?([^";]+)"?/.exec(type)?.[1]
  if (boundary !== undefined) {
    const parts = `\r\n${body}`.split(`\r\n--${boundary}`).slice(1)
    if (!parts.at(-1)?.startsWith('--')) throw new Error('a multipart without its end')
    return parts.slice(0, -1).flatMap((part) => mimeLeaves(part.slice(2)))
  }
  return [
    {
      type: type.split(';')[0]!,
      fileName: /filename="?([^";]+)"?/.exec(fields.get('content-disposition') ?? '')?.[1] ?? null,
      content: decoded(body, fields.get('content-transfer-encoding')?.toLowerCase() ?? '7bit'),
    },
  ]
}

function decoded(body: string, encoding: string): Buffer {
  if (encoding === 'base64') return Buffer.from(body, 'base64')
  if (encoding !== 'quoted-printable') return Buffer.from(body, 'latin1')
  const text = body
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(text, 'latin1')
}
