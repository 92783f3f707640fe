/** How many of the connections of `stampede stress` misbehave, and how: its flags only say that some do. */

/** Share of the connections that `--slow-client` makes slow. */
export const SLOW_SHARE = 0.1
/** Octets that a slow client sends at a time. */
export const SLOW_OCTETS = 128
/** Share of the connections that `--malformed` gives to malformed conversations. */
export const MALFORMED_SHARE = 0.05
