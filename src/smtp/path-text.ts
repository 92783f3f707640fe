/**
 * The address in the argument of MAIL or RCPT, for people and lists: `<a@b> SIZE=1` is `a@b`, and `<>` is ''. What is not in
 * angle brackets ends at the first blank. A quoted local part (RFC 5321 section 4.1.2) keeps its quotes, and what looks like an end in it is none.
 */
export function pathOf(argument: string): string {
  const bracketed = /^[ \t]*<((?:"(?:\\.|[^"\\])*"|[^">])*)>/s.exec(argument)
  return bracketed?.[1] ?? /^[ \t]*([^ \t]*)/.exec(argument)![1]!
}
