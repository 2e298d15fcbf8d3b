import { z } from 'zod'
import { isDamage, problemOf, RepositoryProblem } from '../problem.ts'
import { readRestic } from '../read-restic.ts'
import type { Repository } from '../repository.ts'
import { type FileEntry, type FileKind, latin1Of } from './file-entry.ts'

/**
 * The files of an entry, in the order of `inOrder`, the root first; no file's contents are read. restic's JSON has times and modes exactly, and no targets of
 * links, and loses bytes of names that are no text; its plain listing has just these. Both go through the same tree in the same order, so each line says
 * what the other lacks.
 */
export async function* listEntry(
  repository: Repository,
  { entryId, root }: { entryId: string; root: string },
  signal?: AbortSignal,
): AsyncGenerator<FileEntry> {
  const options = { signal, isEnough: isDamage }
  const exact = readRestic(repository, ['ls', '--json', entryId], options)
  const plain = readRestic(repository, ['ls', '--long', '--quiet', entryId], options)
  let isWhole = false
  try {
    const [told, listed] = [textOf(exact.stdout.setEncoding('utf8')), textOf(plain.stdout.setEncoding('latin1'))]
    const lines = new PlainListing(listed)
    for await (const line of linesOf(told)) {
      const node = nodeSchema.safeParse(JSON.parse(line))
      // What else is told is the entry itself.
      if (!node.success) continue
      const { path, target } = await lines.take(node.data)
      const kind = kinds.find((known) => known === node.data.type)
      // A socket comes back by nobody's hand.
      if (kind) yield entryOf(kind, node.data, belowRoot(path, root), target)
    }
    isWhole = true
  } finally {
    if (!isWhole) await Promise.all([exact.stop(), plain.stop()])
  }
  for (const { code, said } of await Promise.all([exact.ended, plain.ended])) {
    signal?.throwIfAborted()
    if (code !== 0) throw problemOf(repository, said)
  }
}

const kinds = ['file', 'dir', 'symlink', 'fifo', 'dev', 'chardev'] as const satisfies FileKind[]
const nodeSchema = z.object({
  struct_type: z.literal('node'),
  type: z.string(),
  path: z.string(),
  uid: z.number(),
  gid: z.number(),
  size: z.number().optional(),
  /** As Go has it: permissions, and above them bits of its own. */
  mode: z.number(),
  mtime: z.string(),
})
type Node = z.infer<typeof nodeSchema>

function entryOf(kind: FileKind, { size, mode, mtime, uid, gid }: Node, path: string, target: string | null): FileEntry {
  return {
    path,
    kind,
    size: kind === 'file' ? (size ?? 0) : 0,
    mtimeNs: nanoseconds(mtime),
    mode: modeOf(mode),
    uid,
    gid,
    target,
  }
}

function belowRoot(path: string, root: string): string {
  const top = `/${latin1Of(root)}`
  if (path === top) return ''
  if (path.startsWith(`${top}/`)) return path.slice(top.length + 1)
  throw new RepositoryProblem('damaged', `an entry of files holds ${JSON.stringify(path)}, which is not below its root`)
}

/** Go's set-user-id, set-group-id and sticky are elsewhere than chmod's. */
function modeOf(mode: number): number {
  const special = [
    [1 << 23, 0o4000],
    [1 << 22, 0o2000],
    [1 << 20, 0o1000],
  ] as const
  return special.reduce((sum, [go, ours]) => ((mode & go) === 0 ? sum : sum | ours), mode & 0o777)
}

function nanoseconds(time: string): bigint {
  const [, seconds, fraction = '', zone] = /^(.*:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(time) ?? []
  if (seconds === undefined || zone === undefined)
    throw new RepositoryProblem('damaged', `an entry of files has the time ${time}`)
  return BigInt(Date.parse(`${seconds}${zone}`)) * 1_000_000n + BigInt(fraction.padEnd(9, '0'))
}

/** restic's plain listing, read along with the other: `mode owner group size day time path`, and of a link ` -> target`. Nothing in it is escaped. */
class PlainListing {
  private readonly lines: AsyncGenerator<string>
  private ahead: IteratorResult<string> | null = null

  constructor(from: AsyncIterable<string>) {
    this.lines = linesOf(from)
  }

  async take(node: Node): Promise<{ path: string; target: string | null }> {
    let line = await this.next()
    // A name may hold ends of lines, and how many the other listing knows.
    for (const _ of node.path.matchAll(/\n/g)) line += `\n${await this.next()}`
    const rest = line.replace(inFront, '')
    const [path] = pathPattern(node.path).exec(rest) ?? []
    if (path === undefined) throw new RepositoryProblem('damaged', `restic lists ${JSON.stringify(node.path)} in two ways`)
    if (node.type !== 'symlink') return { path, target: null }
    let target = rest.slice(path.length + ' -> '.length)
    for (;;) {
      const following = await this.peek()
      if (following === null || inFront.test(following)) return { path, target }
      target += `\n${await this.next()}`
    }
  }

  private async peek(): Promise<string | null> {
    this.ahead ??= await this.lines.next()
    return this.ahead.done ? null : this.ahead.value
  }

  private async next(): Promise<string> {
    const line = await this.peek()
    this.ahead = null
    if (line === null) throw new RepositoryProblem('damaged', 'restic lists fewer files in plain than in JSON')
    return line
  }
}

const inFront = /^\S+ +\d+ +\d+ +\d+ \d{4}-\d\d-\d\d \d\d:\d\d:\d\d (?=\/)/

/** Where JSON has the sign for what is no text, the listing has some byte, or that sign itself. */
function pathPattern(path: string): RegExp {
  const parts = path.split('\ufffd').map((part) => latin1Of(part).replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
  return new RegExp(`^${parts.join('(?:\\xef\\xbf\\xbd|[\\x80-\\xff])')}`, 's')
}

async function* textOf(arriving: AsyncIterable<unknown>): AsyncGenerator<string> {
  for await (const piece of arriving) if (typeof piece === 'string') yield piece
}

async function* linesOf(arriving: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = ''
  for await (const piece of arriving) {
    const lines = (rest + piece).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') yield rest
}
