import { createHash } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { manifestSchema } from '../../../port.ts'
import { operationSchema, outcomes } from '../protocol.ts'

/** An operation as it is kept: what was asked under which key, how far it came, how it ended. */
const keptSchema = z.object({
  id: z.string(),
  kind: z.string(),
  portalId: z.string(),
  /** Of the request's body: the same key with another question is refused. */
  asked: z.string(),
  /** From the restore's first boundary: enough to learn its fate after a crash. */
  trace: z.record(z.string(), z.unknown()).nullable(),
  outcome: z.enum(outcomes).nullable(),
  result: z.unknown().optional(),
  refusal: z.object({ code: z.string(), facts: z.record(z.string(), z.unknown()) }).optional(),
  error: operationSchema.shape.error,
})
export type Kept = z.infer<typeof keptSchema>

/** One file an operation and a snapshot, written whole and synced before anything that relies on it: a key given once is known for ever. */
export class Store {
  readonly #operations: string
  readonly #manifests: string
  readonly #journals: string

  private constructor(directory: string) {
    this.#operations = join(directory, 'operations')
    this.#manifests = join(directory, 'manifests')
    this.#journals = join(directory, 'journals')
  }

  static async open(directory: string): Promise<Store> {
    const store = new Store(directory)
    for (const path of [store.#operations, store.#manifests, store.#journals]) await mkdir(path, { recursive: true, mode: 0o700 })
    return store
  }

  /** An operation's id is its key's sum: no table of keys is needed. */
  static idOf(key: string): string {
    return createHash('sha256').update(key).digest('hex').slice(0, 40)
  }

  async keep(operation: Kept): Promise<void> {
    await writeWhole(join(this.#operations, `${operation.id}.json`), operation)
  }

  async read(id: string): Promise<Kept | null> {
    return readWhole(join(this.#operations, `${fileName(id)}.json`), keptSchema)
  }

  async unfinished(): Promise<Kept[]> {
    const names = await readdir(this.#operations)
    const all = await Promise.all(names.filter((name) => name.endsWith('.json')).map((name) => this.read(name.slice(0, -5))))
    return all.flatMap((kept) => (kept?.outcome === null ? [kept] : []))
  }

  async keepManifest(snapshot: string, manifest: z.infer<typeof manifestSchema>): Promise<void> {
    await writeWhole(join(this.#manifests, `${fileName(snapshot)}.json`), manifest)
  }

  async readManifest(snapshot: string): Promise<z.infer<typeof manifestSchema> | null> {
    return readWhole(join(this.#manifests, `${fileName(snapshot)}.json`), manifestSchema)
  }

  journal(name: string): string {
    return join(this.#journals, fileName(name))
  }
}

const fileName = (name: string) => name.replaceAll(/[^A-Za-z0-9_-]/g, '_')

async function writeWhole(path: string, content: unknown): Promise<void> {
  const beside = `${path}.${crypto.randomUUID()}`
  const file = await open(beside, 'w', 0o600)
  try {
    await file.writeFile(JSON.stringify(content))
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(beside, path)
}

async function readWhole<S extends z.ZodType>(path: string, shape: S): Promise<z.output<S> | null> {
  try {
    return shape.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null
    throw cause
  }
}
