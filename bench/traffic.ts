import { setTimeout as wait } from 'node:timers/promises'
import postgres from 'postgres'

/** What a portal's own users would have noticed, while something was done to their database. All durations in ms. */
export type Noticed = {
  reads: number
  failedReads: number
  slowestReadMs: number
  writes: number
  failedWrites: number
  /** The longest time that one write took: the write pause as a user feels it. */
  slowestWriteMs: number
  /** The longest time between two answers to anything: the offline window as a user feels it. */
  longestSilenceMs: number
  reconnects: number
}

const everyMs = 5

/**
 * A reader and a writer who each ask every 5 ms as the portal's own user, and come back at once when they are thrown out. The
 * writer touches one row, so that what it does grows no loss preview by more than that row.
 */
export function startTraffic(url: string): { stop: () => Promise<Noticed> } {
  const noticed: Noticed = {
    reads: 0,
    failedReads: 0,
    slowestReadMs: 0,
    writes: 0,
    failedWrites: 0,
    slowestWriteMs: 0,
    longestSilenceMs: 0,
    reconnects: 0,
  }
  const state = { running: true, lastAnswer: performance.now() }
  const answered = () => {
    const now = performance.now()
    noticed.longestSilenceMs = Math.max(noticed.longestSilenceMs, now - state.lastAnswer)
    state.lastAnswer = now
  }
  const reader = keepAsking(
    state,
    url,
    async (sql) => {
      const began = performance.now()
      try {
        await sql`select count(*) from crm.deals where id <= 50`
        noticed.slowestReadMs = Math.max(noticed.slowestReadMs, performance.now() - began)
        answered()
      } catch (error) {
        noticed.failedReads++
        throw error
      } finally {
        noticed.reads++
      }
    },
    noticed,
  )
  const writer = keepAsking(
    state,
    url,
    async (sql) => {
      const began = performance.now()
      try {
        await sql`update crm.deals set updated_at = clock_timestamp() where id = 1`
        noticed.slowestWriteMs = Math.max(noticed.slowestWriteMs, performance.now() - began)
      } catch (error) {
        noticed.failedWrites++
        throw error
      } finally {
        noticed.writes++
      }
    },
    noticed,
  )
  return {
    stop: async () => {
      state.running = false
      await Promise.all([reader, writer])
      return noticed
    },
  }
}

async function keepAsking(
  state: { running: boolean },
  url: string,
  ask: (sql: postgres.Sql) => Promise<void>,
  noticed: Noticed,
): Promise<void> {
  let sql = open(url)
  while (state.running) {
    try {
      await ask(sql)
    } catch (error) {
      // Any refusal is already counted as one; a client of a portal that is away does what its users' programs do: it comes back.
      if (!(error instanceof Error)) throw error
      noticed.reconnects++
      await sql.end({ timeout: 0 })
      sql = open(url)
    }
    await wait(everyMs)
  }
  await sql.end({ timeout: 1 })
}

const open = (url: string) =>
  postgres(url, { max: 1, connect_timeout: 5, backoff: false, onnotice: () => undefined, fetch_types: false })
