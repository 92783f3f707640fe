/** Keys of the tables of a receiver model: 64 bits of whatever belongs together (rule, address, domain), made without a string. */

const COLON = 58
const OPEN = 60
const CLOSE = 62
const AT = 64
const QUOTE = 34
const BACKSLASH = 92
const SPACE = 32

/** Two 32-bit mixes of different multipliers that run along; one object serves a whole thread. */
export class KeyMaker {
  high = 0
  low = 0

  /** Begins a key of its own kind: keys of different kinds differ though what follows is the same. */
  begin(kind: number): this {
    this.high = (0x811c9dc5 ^ Math.imul(kind + 1, 0x9e3779b1)) | 0
    this.low = (0x6d2b79f5 ^ Math.imul(kind + 1, 0x85ebca77)) | 0
    return this
  }

  octet(value: number): void {
    this.high = Math.imul(this.high ^ value, 0x01000193)
    this.low = Math.imul(this.low ^ value, 0x5bd1e995)
    this.low ^= this.low >>> 15
  }

  text(value: string): this {
    for (let i = 0; i < value.length; i++) this.octet(value.charCodeAt(i) & 0xff)
    return this
  }

  /** Letters count without their case: mail for `A@B` and `a@b` ends in the same box nearly everywhere. */
  octets(buffer: Uint8Array, from: number, to: number): this {
    // The same as `octet`, in locals: a field written for every octet costs more than the mixing.
    let { high, low } = this
    for (let i = from; i < to; i++) {
      const octet = buffer[i]!
      const folded = octet >= 65 && octet <= 90 ? octet | 32 : octet
      high = Math.imul(high ^ folded, 0x01000193)
      low = Math.imul(low ^ folded, 0x5bd1e995)
      low ^= low >>> 15
    }
    this.high = high
    this.low = low
    return this
  }

  /** Another key, as a part of this one. */
  key(high: number, low: number): this {
    for (let shift = 0; shift < 32; shift += 8) {
      this.octet((high >>> shift) & 0xff)
      this.octet((low >>> shift) & 0xff)
    }
    return this
  }

  /** After the last part; `high` and `low` are then well mixed and not both 0. */
  end(): this {
    this.high = mixed(this.high)
    this.low = mixed(this.low)
    if (this.high === 0 && this.low === 0) this.low = 1
    return this
  }
}

function mixed(value: number): number {
  let bits = value ^ (value >>> 16)
  bits = Math.imul(bits, 0x85ebca6b)
  bits ^= bits >>> 13
  bits = Math.imul(bits, 0xc2b2ae35)
  return bits ^ (bits >>> 16)
}

/** Where the mailbox stands in the argument of MAIL or RCPT. */
export class Mailbox {
  from = 0
  to = 0
  /** Behind the last @; `to` when there is none. */
  domain = 0

  /** `FROM:<a@b> SIZE=1`, also without the angle brackets. */
  find(buffer: Uint8Array, at: number, stop: number): this {
    let from = at
    while (from < stop && buffer[from] !== COLON) from++
    from = from < stop ? from + 1 : at
    while (from < stop && buffer[from] === SPACE) from++
    const bracketed = buffer[from] === OPEN
    if (bracketed) from++
    let to = from
    let quoted = false
    let domain = -1
    for (; to < stop; to++) {
      const octet = buffer[to]
      if (octet === QUOTE) quoted = !quoted
      else if (octet === BACKSLASH && quoted) to++
      else if (quoted) continue
      else if (octet === AT) domain = to + 1
      else if (octet === (bracketed ? CLOSE : SPACE)) break
    }
    this.from = from
    this.to = Math.min(to, stop)
    this.domain = domain < 0 ? this.to : domain
    return this
  }
}
