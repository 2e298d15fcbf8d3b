import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { copyIn, copyOut, copyOutWhole } from './copy.ts'
import { closeSide, one, openSide, rows, run, type Side } from './side.ts'
import { findServers, startServer, type TestServer } from './testing/servers.ts'

describe.each(findServers())('the driver under COPY, on $label', (kind) => {
  let server: TestServer
  let side: Side
  beforeAll(async () => {
    server = await startServer(kind)
    side = await openSide({ connectionString: server.url('postgres'), applicationName: 'engine-test' })
    await run(side, 'CREATE TABLE public.t (id int PRIMARY KEY DEFERRABLE INITIALLY IMMEDIATE)')
  })
  afterAll(async () => {
    await closeSide(side)
    await server.stop()
  })

  test('an error that comes after the last byte is thrown, and the connection goes on', async () => {
    // A deferrable key is checked when the statement ends: after CopyDone.
    await expect(copyIn(side, 'COPY public.t FROM STDIN', [Buffer.from('1\n1\n')])).rejects.toMatchObject({ code: '23505' })
    expect(await one(side, 'SELECT 1 AS alive')).toEqual({ alive: 1 })
  })

  test('an error in the middle of many bytes is thrown, and the connection goes on', async () => {
    const pieces = Array.from({ length: 2000 }, (_, index) =>
      Buffer.from(index === 3 ? 'not a number\n' : `${'7'.repeat(5)}\n`.repeat(1000)),
    )
    await expect(copyIn(side, 'COPY public.t FROM STDIN', pieces)).rejects.toMatchObject({ code: '22P02' })
    expect(await one(side, 'SELECT 1 AS alive')).toEqual({ alive: 1 })
  })

  test('a statement that is refused before any byte, and a source that breaks, leave the connection usable', async () => {
    await expect(copyIn(side, 'COPY public.nothing FROM STDIN', [Buffer.from('1\n')])).rejects.toMatchObject({ code: '42P01' })
    await expect(copyIn(side, 'COPY public.t FROM STDIN', brokenSource())).rejects.toThrow('the disk broke')
    expect(await rows(side, 'SELECT FROM public.t')).toEqual([])
  })

  test('a slow reader of much data holds the server back, and the next query works', async () => {
    let bytes = 0
    for await (const chunk of copyOut(side, `COPY (SELECT repeat('x', 1000) FROM generate_series(1, 20000)) TO STDOUT`)) {
      bytes += chunk.length
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(bytes).toBe(20_000 * 1001)
    expect(await one(side, 'SELECT 1 AS alive')).toEqual({ alive: 1 })
  })

  test('a reader that stops half way does not block the connection', async () => {
    for await (const chunk of copyOut(side, `COPY (SELECT repeat('x', 1000) FROM generate_series(1, 20000)) TO STDOUT`))
      if (chunk.length > 0) break
    expect(await one(side, 'SELECT 1 AS alive')).toEqual({ alive: 1 })
    await expect(copyOutWhole(side, 'COPY (SELECT 1/(5-g) FROM generate_series(1, 9) AS g) TO STDOUT')).rejects.toMatchObject({
      code: '22012',
    })
    expect((await copyOutWhole(side, 'COPY (SELECT g FROM generate_series(1, 3) AS g) TO STDOUT')).rows).toBe(3)
  })
})

async function* brokenSource(): AsyncGenerator<Buffer> {
  yield Buffer.from('1\n')
  throw new Error('the disk broke')
}
