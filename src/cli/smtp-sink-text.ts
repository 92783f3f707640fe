/** What the drop-in smtp-sink says of itself. */

/** The usage line; the options it names and leaves out are the original's. */
export function sinkUsage(program: string): string {
  const letters = '468acCeEFLpPv'
  const valued = [
    'A abort_delay',
    'b soft_bounce_reply',
    'B hard_bounce_reply',
    'd dump-template',
    'D dump-template',
    'f commands',
    'h hostname',
    'm max_concurrency',
    'M message_quit_count',
    'n quit_count',
    'q commands',
    'r commands',
    'R root-dir',
    's commands',
    'S start-string',
    'u user_privs',
    'w delay',
  ]
  return `usage: ${program} [-${letters}] ${valued.map((each) => `[-${each}]`).join(' ')} [host]:port backlog`
}
