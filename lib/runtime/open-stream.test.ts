import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { sql } from '#db/client.ts'
import { cloneDatabase, type TestDatabase } from '#db/testing/databases.ts'
import { closeStreams } from './live.ts'
import { openStream } from './open-stream.ts'

let desk: TestDatabase
beforeAll(async () => {
  desk = await cloneDatabase()
  process.env.DATABASE_URL = desk.url
})
afterAll(async () => {
  await sql().end()
  await desk.drop()
})

const ours = crypto.randomUUID()
const theirs = crypto.randomUUID()
const seesOurs = { sees: ({ portalId }: { portalId: string }) => portalId === ours, version: null }

test('I8 two open pages share one LISTEN, and hear only of portals that their reader may see', async () => {
  const [first, second] = [await open(seesOurs), await open({ ...seesOurs, sees: () => true })]
  const [listening] = await desk.owner`
    select count(*)::int as connections from pg_stat_activity where datname = current_database() and query ilike 'listen%'`
  expect(listening).toEqual({ connections: 1 })

  await announce(theirs, 1001, 4)
  await announce(ours, 1002, 7)
  expect(await first.next()).toEqual({ id: '1002.7', data: { kind: 'change', number: 1002, state: 'restoring', version: 7 } })
  expect(await second.next()).toMatchObject({ id: '1001.4' })
  expect(await second.next()).toMatchObject({ id: '1002.7' })
  await Promise.all([first.leave(), second.leave()])
})

test('a line to the database that breaks is mended, and readers are told that they may have missed something', async () => {
  const page = await open(seesOurs)
  await desk.owner`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query ilike 'listen%'`
  expect(await page.next()).toEqual({ id: null, data: { kind: 'gap' } })
  await announce(ours, 1003, 1)
  expect(await page.next()).toMatchObject({ id: '1003.1' })
  await page.leave()
})

test('who comes back with Last-Event-ID is told of a gap when the ticket has moved on, and of nothing when it has not', async () => {
  const one = { sees: () => true, version: 7 }
  const behind = await open(one, '1002.6')
  expect(await behind.next()).toEqual({ id: null, data: { kind: 'gap' } })
  const upToDate = await open(one, '1002.7')
  await announce(ours, 1002, 8)
  expect(await upToDate.next()).toMatchObject({ id: '1002.8' })
  await Promise.all([behind.leave(), upToDate.leave()])
})

test('a foreign ticket opens no stream, and a stopping server ends every open one', async () => {
  expect(await openStream({ readScope: async () => null, lastEventId: null, signal: new AbortController().signal })).toBeNull()
  const page = await open(seesOurs)
  closeStreams()
  expect(await page.next()).toBeNull()
})

test('S38 who waits for a preview reads it anew at once, since it may be there already, and then hears of it alone', async () => {
  const mine = crypto.randomUUID()
  const page = await open({ sees: () => false, version: null, previewId: mine })
  const all = await open({ ...seesOurs, sees: () => true })
  expect(await page.next()).toEqual({ id: null, data: { kind: 'gap' } })
  await announcePreview(crypto.randomUUID())
  await announcePreview(mine)
  await announce(ours, 1004, 1)
  expect(await all.next()).toMatchObject({ id: '1004.1' })
  expect(await page.next()).toEqual({ id: null, data: { kind: 'preview' } })
  closeStreams()
  expect(await page.next()).toBeNull()
})

type Scope = { sees: (change: { number: number; portalId: string }) => boolean; version: number | null; previewId?: string }

async function open(scope: Scope, lastEventId: string | null = null) {
  const stream = await openStream({ readScope: async () => scope, lastEventId, signal: new AbortController().signal })
  if (!stream) throw new Error('the stream was not opened')
  const reader = stream.getReader()
  const decoder = new TextDecoder()
  let text = ''
  return {
    /** The next message, or null when the stream has ended. */
    next: async (): Promise<{ id: string | null; data: unknown } | null> => {
      for (;;) {
        const end = text.indexOf('\n\n')
        const block = text.slice(0, Math.max(end, 0))
        if (end >= 0) text = text.slice(end + 2)
        const data = /^data: (.*)$/m.exec(block)?.[1]
        if (data !== undefined) return { id: /^id: (.*)$/m.exec(block)?.[1] ?? null, data: z.unknown().parse(JSON.parse(data)) }
        if (end >= 0) continue
        const { done, value } = await reader.read()
        if (done) return null
        text += decoder.decode(value, { stream: true })
      }
    },
    leave: () => reader.cancel(),
  }
}

function announce(portalId: string, number: number, version: number) {
  const change = { ticketId: crypto.randomUUID(), number, portalId, version, state: 'restoring' }
  return desk.owner`select pg_notify('desk', ${JSON.stringify(change)})`
}

function announcePreview(previewId: string) {
  return desk.owner`select pg_notify('desk', ${JSON.stringify({ previewId, portalId: ours })})`
}
