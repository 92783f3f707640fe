// What a dump of callgrind says (the valgrind manual, "Callgrind Format Specification"): instructions of each function itself, of which the allocator's are
// told apart. How much malloc and free take depends on how the memory happens to lie, which differs from run to run.

/** glibc's, with what its compiler made of them (`_int_malloc.constprop.0`) and their versions (`malloc@@GLIBC_2.2.5`). */
const ALLOCATOR =
  /^(?:_?_?(?:libc_)?(?:malloc|calloc|realloc|free|memalign|posix_memalign|aligned_alloc)|_int_(?:malloc|free|realloc|memalign)(?:_\w+)?|_mid_memalign|malloc_consolidate|unlink_chunk|sysmalloc|systrim|(?:alloc|free)_perturb|tcache_\w+|arena_get2?|checked_request2size)(?:[.@'].*)?$/

/** The name that `fn=(7) malloc` or `fn=(7)` stands for: it is written out where it comes first. */
function nameOf(line, names) {
  const [, id, name] = /^c?fn=\((\d+)\)(?: (.*))?$/.exec(line) ?? []
  if (name !== undefined) names.set(id, name)
  return names.get(id)
}

/** `all` instructions of a dump's text, and those of them that are the `allocator`'s. */
export function readDump(text) {
  const names = new Map()
  let all = 0
  let allocator = 0
  let inAllocator = false
  let called = false
  for (const line of text.split('\n')) {
    if (line.startsWith('fn=')) {
      inAllocator = ALLOCATOR.test(nameOf(line, names) ?? '')
    } else if (line.startsWith('cfn=')) {
      nameOf(line, names)
    } else if (line.startsWith('calls=')) {
      // The next line is what the called function took, which its own lines say too.
      called = true
    } else if (/^[\d+*-]/.test(line)) {
      const cost = called ? 0 : Number(line.split(' ')[1] ?? 0)
      called = false
      all += cost
      if (inAllocator) allocator += cost
    }
  }
  return { all, allocator }
}
