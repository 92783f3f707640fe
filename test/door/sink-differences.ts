/** Where the door does on purpose what the distribution's smtp-sink does not. Every other difference is a fault of the door. */
export const SINK_DIFFERENCES = {
  'held replies':
    'The original answers nothing while an incomplete line or content is waiting; the door answers what is complete (RFC 2920 section 3.2).',
  'last reply':
    'With -M the original ends before it answers the last message; the door answers it, and lets its client say QUIT.',
  'end after close':
    'With -n and -M the door counts the connections that it closes before it ends; the original is gone by then.',
  'quits uncounted': 'The original counts QUITs only with -c, so -n alone never ends it; the door ends.',
  'delay beyond limit':
    'A delay of -W or -A longer than -t has the original drop the connection and then read freed memory; the door keeps to the delay, and the limit is for the client.',
  'delayed pipeline':
    'With -W and pipelined commands the original answers out of order and loses replies; the door answers each command in order.',
  'delayed content':
    'With -W data, -A and -H the original takes content that came along with DATA for commands, or does not delay it; the door delays, and takes content for content.',
  'whole seconds':
    'The original counts ticks of a clock, so a delay of n seconds takes between n-1 and n; the door takes n.',
  'empty template': 'An empty -d or -D template has the original loop for ever; the door refuses it.',
  'verbose notes': "With -v the original also prints its library's own notes; the door shows connections and commands.",
} as const
export type SinkDifference = keyof typeof SINK_DIFFERENCES
