import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { afterAll, expect, test } from 'vitest'
import { deleteCluster, type Embedded, isRunning, startEmbedded } from './embedded.ts'
import { CannotStart, findPlace } from './embedded-place.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'restore-desk-embedded-'))
const started: Embedded[] = []

afterAll(async () => {
  for (const each of started) await each.stop()
  deleteCluster(dataDir)
  rmSync(dataDir, { recursive: true, force: true })
})

test('a second start keeps data, password and port, and another on the same files is refused in words', async () => {
  const first = await start()
  await ask(first, 'create table kept as select 42 as answer')
  await expect(startEmbedded(dataDir)).rejects.toThrow(/is running already \(process \d+\)/)
  await first.stop()
  expect(isRunning(first)).toBe(false)

  const second = await start()
  expect(second.url).toBe(first.url)
  expect(await ask(second, 'select answer from kept')).toEqual([{ answer: 42 }])
  expect(await ask(second, 'show summarize_wal')).toEqual([{ summarize_wal: 'on' }])
  expect(await ask(second, 'show fsync')).toEqual([{ fsync: 'on' }])
  await second.stop()

  writeFileSync(join(second.home, 'pg', 'PG_VERSION'), '15\n')
  await expect(startEmbedded(dataDir)).rejects.toThrow(/written by PostgreSQL 15, and this is PostgreSQL 18/)
  deleteCluster(dataDir)
})

test('too little disk space is said before anything is made: what is needed and what is free', async () => {
  await expect(startEmbedded(dataDir, { neededBytes: 2 ** 60 })).rejects.toThrow(/1099511627776 MB are needed, \d+ MB are free/)
})

test('root without a user to run the server as hears what to do', () => {
  expect(() => findPlace(dataDir, 0, ['no-such-user'])).toThrow(CannotStart)
  expect(() => findPlace(dataDir, 0, ['no-such-user'])).toThrow(/no user no-such-user to run it as/)
})

async function start(): Promise<Embedded> {
  const embedded = await startEmbedded(dataDir)
  started.push(embedded)
  return embedded
}

async function ask(embedded: Embedded, query: string): Promise<unknown[]> {
  const sql = postgres(embedded.url, { max: 1, onnotice: () => undefined })
  const rows = await sql.unsafe(query)
  await sql.end()
  return [...rows]
}
