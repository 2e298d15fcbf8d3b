import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { z } from 'zod'
import type { ExtractedRow, ExtractedTable } from '../../../port.ts'
import { sumOfPage } from '../page-sum.ts'
import { pageAnswer, type ToldTable } from '../protocol.ts'

type Page = z.infer<typeof pageAnswer>

const PAGE_TEXT_BYTES = 1024 * 1024

/** Rows that were picked, kept aside in pages until whoever asked for them is done, or nobody has read any of them for a while. Nothing outlives the server. */
export class Spool {
  readonly #directory: string
  readonly #pageRows: number
  readonly #patienceMs: number
  readonly #kept = new Map<string, NodeJS.Timeout>()

  private constructor(directory: string, { pageRows, patienceMs }: { pageRows: number; patienceMs: number }) {
    this.#directory = directory
    this.#pageRows = pageRows
    this.#patienceMs = patienceMs
  }

  static async open(directory: string, limits: { pageRows: number; patienceMs: number }): Promise<Spool> {
    const spool = new Spool(join(directory, 'extracts'), limits)
    await spool.close()
    return spool
  }

  /** Writes down all rows of all tables; what is left of it when that breaks off is removed. */
  async keep(id: string, tables: ExtractedTable[], signal: AbortSignal): Promise<ToldTable[]> {
    try {
      const told: ToldTable[] = []
      for (const [index, table] of tables.entries()) {
        const { rows, sum } = await this.#keepTable(join(this.#directory, id, String(index)), table, signal)
        const { read: _, ...description } = table
        told.push({ ...description, rows, sum })
      }
      const forget = () => void this.drop(id)
      this.#kept.set(id, setTimeout(forget, this.#patienceMs))
      return told
    } catch (cause) {
      await this.drop(id)
      throw cause
    }
  }

  /** The rows after the given one; null where there is no page that begins there. */
  async page(id: string, table: number, after: number): Promise<Page | null> {
    const timer = this.#kept.get(id)
    if (!timer) return null
    timer.refresh()
    return readPage(join(this.#directory, id, String(table)), after)
  }

  async drop(id: string): Promise<void> {
    // What comes from outside names a directory.
    if (!/^[0-9a-f]+$/.test(id)) return
    clearTimeout(this.#kept.get(id))
    this.#kept.delete(id)
    await rm(join(this.#directory, id), { recursive: true, force: true })
  }

  async close(): Promise<void> {
    for (const timer of this.#kept.values()) clearTimeout(timer)
    this.#kept.clear()
    await rm(this.#directory, { recursive: true, force: true })
  }

  async #keepTable(directory: string, table: ExtractedTable, signal: AbortSignal): Promise<{ rows: number; sum: string }> {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    const begins: number[] = []
    let after = 0
    for await (const rows of this.#pagesOf(table)) {
      signal.throwIfAborted()
      await writePage(directory, { after, rows, next: null })
      begins.push(after)
      after += rows.length
    }
    // Each page bears the sum of the next: from the last to the first.
    let next: string | null = null
    for (const begin of begins.reverse()) {
      signal.throwIfAborted()
      const page = await readPage(directory, begin)
      if (!page) throw new Error(`the page after ${begin} rows of ${table.schema}.${table.table} is gone`)
      await writePage(directory, { ...page, next })
      next = sumOfPage(page.rows, next)
    }
    if (next === null) throw new Error(`${table.schema}.${table.table} has no rows`)
    return { rows: after, sum: next }
  }

  async *#pagesOf(table: ExtractedTable): AsyncGenerator<ExtractedRow[]> {
    let rows: ExtractedRow[] = []
    let bytes = 0
    for await (const row of table.read()) {
      rows.push(row)
      bytes += row.values.reduce((sum, value) => sum + (value?.length ?? 0), 0)
      if (rows.length < this.#pageRows && bytes < PAGE_TEXT_BYTES) continue
      yield rows
      rows = []
      bytes = 0
    }
    if (rows.length > 0) yield rows
  }
}

const pathOf = (directory: string, after: number) => join(directory, `${after}.json`)

async function writePage(directory: string, page: Page): Promise<void> {
  await writeFile(pathOf(directory, page.after), JSON.stringify(page), { mode: 0o600 })
}

async function readPage(directory: string, after: number): Promise<Page | null> {
  try {
    return pageAnswer.parse(JSON.parse(await readFile(pathOf(directory, after), 'utf8')))
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null
    throw cause
  }
}
