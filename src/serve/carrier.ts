/** Something that listens for HTTP and has the routes answer. */
export interface Carrier {
  readonly port: number
  readonly by: 'uWebSockets.js' | 'node:http'
  /** Drops every connection and frees the port. */
  close(): Promise<void>
}
