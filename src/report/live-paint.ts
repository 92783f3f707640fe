/** Lines of styled pieces, so that lengths are known before colours come in; and colours as far as a terminal has them. */

/** Bits of colour a terminal shows, as Node's `getColorDepth` tells them; 1 is none. */
export type ColorDepth = 1 | 4 | 8 | 24

/** Select Graphic Rendition (ECMA-48 8.3.117) by depth: the 16 colours that the user chose, or fixed ones that go with light and dark. */
const STYLES = {
  bold: { 4: '1', 8: '1', 24: '1' },
  dim: { 4: '2', 8: '38;5;245', 24: '38;2;138;143;152' },
  good: { 4: '32', 8: '38;5;35', 24: '38;2;34;166;99' },
  warn: { 4: '33', 8: '38;5;172', 24: '38;2;214;137;16' },
  bad: { 4: '31', 8: '38;5;167', 24: '38;2;220;76;70' },
  rate: { 4: '36', 8: '38;5;38', 24: '38;2;38;150;190' },
  delay: { 4: '35', 8: '38;5;134', 24: '38;2;160;100;200' },
} as const
export type Style = keyof typeof STYLES

export interface Piece {
  readonly text: string
  readonly style?: Style
}
export type Line = readonly Piece[]

/** What stands for characters beyond ASCII where there are none. */
const ASCII: Readonly<Record<string, string>> = {
  '×': 'x',
  '·': '-',
  '│': '|',
  '┤': '|',
  '…': '~',
  '█': '#',
  '░': '.',
  '✓': 'ok',
  '✗': 'NO',
  '▁': '_',
  '▂': '.',
  '▃': ':',
  '▄': '-',
  '▅': '=',
  '▆': '+',
  '▇': '*',
}
const BEYOND_ASCII = /[^\x20-\x7e]/g

/** The pieces in characters that the terminal has; what it would act on is no character of ours. */
export function plain(line: Line, unicode: boolean): Line {
  return line.map((piece) => {
    const text = piece.text.replace(BEYOND_ASCII, (one) => (unicode && one > '\x9f' ? one : (ASCII[one] ?? '?')))
    return { ...piece, text }
  })
}

export function lengthOf(line: Line): number {
  return line.reduce((sum, { text }) => sum + text.length, 0)
}

/** As text, cut to so many columns, without blanks at its end. */
export function painted(line: Line, columns: number, depth: ColorDepth): string {
  let left = columns
  let out = ''
  for (const { text, style } of line) {
    const part = text.slice(0, left)
    left -= part.length
    out +=
      depth === 1 || style === undefined || part.trim() === '' ? part : `\x1b[${STYLES[style][depth]}m${part}\x1b[0m`
  }
  return out.trimEnd()
}

/** Both at their ends of a line, where there is room for them with a gap between; null: there is not. */
export function atBothEnds(left: Line, right: Line, columns: number): Line | null {
  const gap = columns - lengthOf(left) - lengthOf(right)
  return gap < 3 ? null : [...left, { text: ' '.repeat(gap) }, ...right]
}
