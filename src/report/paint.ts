/** Colours of a terminal. */

type Style = keyof typeof STYLES
export type Paint = (text: string, ...styles: Style[]) => string
const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const

/** What puts colour on words, or leaves them as they are. */
export function painter(color: boolean): Paint {
  return color ? colored : (text) => text
}

function colored(text: string, ...styles: Style[]): string {
  return `\x1b[${styles.map((style) => STYLES[style]).join(';')}m${text}\x1b[0m`
}
