/**
 * One thing in a portal's file tree. `path` is below the tree's root, `''` for the root itself. Path and target of a link are bytes, one a letter
 * (`latin1`), since a name need not be text; sockets are nowhere among entries, for restic keeps none.
 */
export type FileEntry = {
  path: string
  kind: FileKind
  /** Bytes of a file; 0 of all else. */
  size: number
  /** Time of the last change of its contents. */
  mtimeNs: bigint
  /** Permissions with set-user-id, set-group-id and sticky, as chmod(2) takes them. */
  mode: number
  uid: number
  gid: number
  /** Where a link leads; null of all else. */
  target: string | null
}
export type FileKind = 'file' | 'dir' | 'symlink' | 'fifo' | 'dev' | 'chardev'

/** The order in which both a walk and a listing go: a folder before what is in it, and names by their bytes. */
export function inOrder(one: string, other: string): number {
  const [a, b] = [one.replaceAll('/', '\0'), other.replaceAll('/', '\0')]
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** The bytes of a path or target. */
export const bytesOf = (latin1: string): Buffer => Buffer.from(latin1, 'latin1')

/** As people read it; bytes that are no text become question marks in a diamond. */
export const wordsOf = (latin1: string): string => bytesOf(latin1).toString()

/** The bytes of text, one a letter. */
export const latin1Of = (text: string): string => Buffer.from(text).toString('latin1')

/** A list as what walks and listings are. */
export async function* each(entries: FileEntry[]): AsyncGenerator<FileEntry> {
  yield* entries
}
