import type { Db } from '#db/client.ts'
import { bounceDeadMailbox } from './dead-mailbox.ts'
import { liveTickets } from './live.ts'
import { deliverAt } from './mailbox.ts'
import { pastTickets } from './past.ts'
import { prunePastSnapshots } from './past-rows.ts'
import { playLive } from './play-live.ts'
import { playPast } from './play-past.ts'
import { openStage } from './stage.ts'

export type SeedTickets = {
  db: Db
  deskUrl: string
  adminUrl: string
  appUrl: string
  authSecret: string
  dataDir: string
  now: Date
  wanted: (externalId: string) => boolean
}

/** The desk's tickets, the oldest first so that their numbers rise with time; each goes through the door, step by step. */
export async function seedTickets(seed: SeedTickets): Promise<{ finished: number; live: number }> {
  const { db, now } = seed
  const stage = await openStage(seed.deskUrl)
  try {
    const kept: string[] = []
    const past = pastTickets.filter((ticket) => seed.wanted(ticket.portal))
    const live = liveTickets.filter((ticket) => seed.wanted(ticket.portal))
    for (const ticket of past.toSorted((a, b) => b.daysAgo - a.daysAgo)) kept.push(...(await playPast(db, stage, ticket, now)))
    await prunePastSnapshots(db, kept)
    const present = { ...stage, deliver: (outboxId: string, at: Date) => deliverAt(db, seed, outboxId, at) }
    for (const ticket of live.toSorted((a, b) => b.openedHoursAgo - a.openedHoursAgo)) {
      await playLive({ ...seed, stage: present }, ticket)
    }
    await bounceDeadMailbox(db)
    return { finished: past.length, live: live.length }
  } finally {
    await stage.close()
  }
}
