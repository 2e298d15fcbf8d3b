import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'

const addressSchema = z.object({ databaseUrl: z.string(), authSecret: z.string(), appUrl: z.string(), smtpUrl: z.string() })
/** What other commands need to work with a running demo. */
export type DemoAddress = z.infer<typeof addressSchema>

const seededSchema = z.object({ large: z.boolean() })

const names = { address: 'demo.json', seeded: 'seeded.json', secret: 'auth-secret' }

/** Where the demo keeps what is its own: `DATA_DIR`, or `.data` in the project. */
export function demoDir(source: Record<string, string | undefined>): string {
  return resolve(source.DATA_DIR || new URL('../../.data', import.meta.url).pathname)
}

export function writeAddress(dir: string, address: DemoAddress): void {
  writeFileSync(join(dir, names.address), JSON.stringify(address), { mode: 0o600 })
}

/** Null when no demo runs from this folder. */
export function readAddress(dir: string): DemoAddress | null {
  const path = join(dir, names.address)
  return existsSync(path) ? addressSchema.parse(JSON.parse(readFileSync(path, 'utf8'))) : null
}

export function forgetAddress(dir: string): void {
  rmSync(join(dir, names.address), { force: true })
}

/** The seed that is whole in this folder; null also after one that was interrupted. */
export function readSeeded(dir: string): { large: boolean } | null {
  const path = join(dir, names.seeded)
  return existsSync(path) ? seededSchema.parse(JSON.parse(readFileSync(path, 'utf8'))) : null
}

export function writeSeeded(dir: string, seeded: { large: boolean }): void {
  writeFileSync(join(dir, names.seeded), JSON.stringify(seeded))
}

/** Signs sessions and seals secrets, so it lives as long as the data. */
export function keptSecret(dir: string): string {
  mkdirSync(dir, { recursive: true })
  const path = join(dir, names.secret)
  if (!existsSync(path)) writeFileSync(path, randomBytes(32).toString('hex'), { mode: 0o600 })
  return readFileSync(path, 'utf8')
}

/** Only what the demo made: the folder may be somebody's. */
export function forgetAll(dir: string): void {
  for (const name of Object.values(names)) rmSync(join(dir, name), { force: true })
}
