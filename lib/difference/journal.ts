import { access, type FileHandle, mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { type LargeObject, largeObjectBytes } from './large-objects.ts'
import type { TablePlan } from './plan.ts'
import { type Side, sqlState } from './side.ts'

const nulledReference = z.object({
  edge: z.string(),
  table: z.object({ schema: z.string(), name: z.string() }),
  /** The row's key as text, by column; null where the table has none. */
  key: z.record(z.string(), z.string()).nullable(),
  /** The row's hash after nulling, by which a row without a key is found again. */
  hash: z.string(),
  /** What was nulled, as text, by column. */
  was: z.record(z.string(), z.string().nullable()),
})

export type NulledReference = z.infer<typeof nulledReference>

/** What a put-back inserted into one table: what its undo takes out again. */
const insertedRows = z.object({
  table: z.object({ schema: z.string(), name: z.string() }),
  /** The rows' hashes, and their keys as text where the table has a key. */
  rows: z.array(z.object({ hash: z.string(), key: z.array(z.string()).nullable() })),
})

export type InsertedRows = z.infer<typeof insertedRows>

const contents = z.object({
  version: z.literal(1),
  xid: z.string(),
  /** Deleted rows: each file is a whole COPY stream of these columns. */
  pieces: z.array(
    z.object({
      table: z.object({ schema: z.string(), name: z.string() }),
      columns: z.array(z.string()),
      format: z.enum(['binary', 'text']),
      file: z.string(),
    }),
  ),
  references: z.array(nulledReference),
  largeObjects: z.array(
    z.object({
      oid: z.number(),
      owner: z.string(),
      rights: z.string().nullable(),
      comment: z.string().nullable(),
      file: z.string(),
    }),
  ),
  /** A put-back's only; journals of before have none. */
  inserted: z.array(insertedRows).default([]),
  /** Large objects that a put-back made, by oid, with the fingerprint they had then. */
  madeLargeObjects: z.array(z.object({ oid: z.number(), fingerprint: z.string() })).default([]),
})

export type JournalContents = z.infer<typeof contents>

const indexFile = 'journal.json'

/** What a restore deletes or overwrites, kept outside the database and on disk for good before the commit. */
export class Journal {
  readonly #directory: string
  readonly #contents: JournalContents
  readonly #files: FileHandle[] = []

  private constructor(directory: string, xid: string) {
    this.#directory = directory
    this.#contents = { version: 1, xid, pieces: [], references: [], largeObjects: [], inserted: [], madeLargeObjects: [] }
  }

  /** A new attempt overwrites what an earlier one, rolled back, may have left. */
  static async begin(directory: string, xid: string): Promise<Journal> {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    return new Journal(directory, xid)
  }

  /** Where the next deleted rows of a table go. */
  async openPiece(plan: TablePlan): Promise<(chunk: Buffer) => Promise<void>> {
    const file = `rows-${this.#contents.pieces.length}.copy`
    const { schema, name, data } = plan.live
    this.#contents.pieces.push({ table: { schema, name }, columns: data.map((column) => column.name), format: plan.format, file })
    return this.#write(file)
  }

  addReferences(references: readonly NulledReference[]): void {
    this.#contents.references.push(...references)
  }

  addInserted(inserted: readonly InsertedRows[]): void {
    this.#contents.inserted.push(...inserted)
  }

  addMadeLargeObject(object: LargeObject): void {
    this.#contents.madeLargeObjects.push({ oid: object.oid, fingerprint: `${object.fingerprint}` })
  }

  async keepLargeObject(side: Side, object: LargeObject): Promise<void> {
    const file = `large-object-${object.oid}`
    const { oid, owner, rights, comment } = object
    this.#contents.largeObjects.push({ oid, owner, rights, comment, file })
    const write = await this.#write(file)
    for await (const { bytes } of largeObjectBytes(side, oid)) await write(bytes)
  }

  /** Everything on disk, the list of it last: a journal with an index is whole. */
  async seal(): Promise<void> {
    const write = await this.#write(indexFile)
    await write(Buffer.from(JSON.stringify(this.#contents)))
    await Promise.all(this.#files.map((file) => file.datasync()))
    await this.close()
  }

  async close(): Promise<void> {
    await Promise.all(this.#files.splice(0).map((file) => file.close()))
  }

  async #write(file: string): Promise<(chunk: Buffer) => Promise<void>> {
    const handle = await open(join(this.#directory, file), 'w', 0o600)
    this.#files.push(handle)
    return async (chunk) => {
      await handle.writeFile(chunk)
    }
  }
}

/** Whether a journal was finished there. */
export async function hasJournal(directory: string): Promise<boolean> {
  try {
    await access(join(directory, indexFile))
    return true
  } catch (error) {
    if (sqlState(error) === 'ENOENT') return false
    throw error
  }
}

export async function readJournal(directory: string): Promise<JournalContents> {
  return contents.parse(JSON.parse(await readFile(join(directory, indexFile), 'utf8')))
}
