import type { Db } from '#db/client.ts'
import { localInstant } from '#db/seed/portals/moments.ts'
import { systemActor } from '#lib/domain/actor.ts'
import type { TicketEvent } from '#lib/domain/events.ts'
import { demoId } from '../secrets.ts'
import { castOf, demoPortal } from './cast.ts'
import { tellDay } from './on-weekday.ts'
import type { PastTicket, Said } from './past.ts'
import { finishPastRun, pastPreview, pastSnapshot, totalOf } from './past-rows.ts'
import { dueOfTimer, openAt, type Stage, sendAt } from './stage.ts'
import { approve, begin, claim, consent, hoursAfter, ownersWords, type Played, passChecks, speak } from './steps.ts'

/** A step of a story, in the order of time. */
type Scene = { at: Date; play: () => Promise<void> }

/** Plays a finished ticket from beginning to end through the door; the ids of the restore points that it needed. */
export async function playPast(db: Db, stage: Stage, written: PastTicket, now: Date): Promise<string[]> {
  const portal = demoPortal(written.portal)
  const date = new Date(now.getTime() - written.daysAgo * 86_400_000).toISOString().slice(0, 10)
  const openedAt = localInstant(portal.timeZone, date, written.hour, (written.daysAgo * 17) % 60)
  const mishapAt = hoursAfter(openedAt, -2)
  const ticket = withDays(written, (words) => tellDay(words, mishapAt, portal))
  const snapshotAt = localInstant(portal.timeZone, date, portal.quietHour)
  const snapshotId = await pastSnapshot(db, ticket.portal, 'daily', snapshotAt)
  const preview = await pastPreview(db, { ...ticket, snapshotId, snapshotAt, purpose: 'restore' }, hoursAfter(openedAt, -0.05))
  const cast = castOf(ticket, now)
  const asked = {
    portalId: demoId(ticket.portal),
    scope: ticket.scope,
    snapshotId,
    previewId: preview.previewId,
    subject: ticket.subject,
    reason: ticket.reason,
    incidentAt: mishapAt.toISOString(),
  }
  const ticketId = await openAt(stage, cast.requester, asked, openedAt)
  const played: Played = { stage, ticketId, cast, portal, preview }
  const kept = [snapshotId]
  const scenes = [...beginning(played, ticket, openedAt), ...endings[ticket.ending](db, played, ticket, openedAt, kept)]
  for (const scene of scenes.sort((a, b) => a.at.getTime() - b.at.getTime())) await scene.play()
  return kept
}

function withDays(ticket: PastTicket, told: (words: string) => string): PastTicket {
  const { reason, because, talk } = ticket
  return {
    ...ticket,
    reason: told(reason),
    talk: talk.map((said) => ({ ...said, says: told(said.says) })),
    ...(because === undefined ? {} : { because: told(because) }),
  }
}

function beginning(played: Played, ticket: PastTicket, openedAt: Date): Scene[] {
  const checkedAt = hoursAfter(openedAt, 0.01)
  const claimedAt = hoursAfter(openedAt, 0.3)
  return [
    { at: checkedAt, play: () => passChecks(played, checkedAt) },
    { at: claimedAt, play: () => claim(played, ticket.agent, claimedAt) },
    ...ticket.talk.map((said) => talked(played, said, openedAt)),
  ]
}

function talked(played: Played, said: Said, openedAt: Date): Scene {
  const at = hoursAfter(openedAt, said.afterHours)
  return { at, play: () => speak(played, said, at) }
}

type EndingScenes = (db: Db, played: Played, ticket: PastTicket, openedAt: Date, kept: string[]) => Scene[]

const endings: Record<PastTicket['ending'], EndingScenes> = {
  confirmed: (db, played, ticket, openedAt, kept) => {
    const at = hoursAfter(lastWord(ticket, openedAt), 0.1)
    return [
      ...restored(db, played, ticket, openedAt, kept),
      event(played, at, { type: 'CONFIRM_RESTORED' }, played.cast.requester),
    ]
  },
  windowEnded: (db, played, ticket, openedAt, kept) => {
    const scenes = restored(db, played, ticket, openedAt, kept)
    const at = hoursAfter(openedAt, 72 + 12)
    return [...scenes, timer(played, at, 'undoEnd', (due) => ({ type: 'END_UNDO_WINDOW', timer: 'undoEnd', due }))]
  },
  undone: (db, played, ticket, openedAt, kept) => [
    ...restored(db, played, ticket, openedAt, kept),
    undone(db, played, ticket, hoursAfter(lastWord(ticket, openedAt), -1.5), kept),
  ],
  refusedByApprover: (_db, played, ticket, openedAt) => {
    const [approver = ''] = ticket.approvers
    const at = hoursAfter(lastWord(ticket, openedAt), 2)
    const no = {
      type: 'REJECT_RESTORE' as const,
      digest: played.preview.digest,
      method: 'totp' as const,
      reason: ticket.because ?? '',
    }
    return [agreed(played, ticket, openedAt), event(played, at, no, played.cast.proved(played.cast.desk(approver), at))]
  },
  refusedByDesk: (_db, played, ticket, openedAt) => {
    const at = hoursAfter(lastWord(ticket, openedAt), 1)
    return [event(played, at, { type: 'REJECT_TICKET', reason: ticket.because ?? '' }, played.cast.desk(ticket.agent))]
  },
  cancelled: (_db, played, ticket, openedAt) => {
    const at = hoursAfter(lastWord(ticket, openedAt), 0.2)
    return [event(played, at, { type: 'CANCEL_TICKET', reason: ticket.because ?? '' }, played.cast.requester)]
  },
  expired: (_db, played, ticket, openedAt) => {
    if (ticket.consentAfterHours !== undefined) {
      const at = hoursAfter(openedAt, ticket.consentAfterHours + 168.1)
      const expiry = timer(played, at, 'upgradeExpiry', (due) => ({ type: 'EXPIRE_TICKET', timer: 'upgradeExpiry', due }))
      return [agreed(played, ticket, openedAt), expiry]
    }
    return [
      timer(played, hoursAfter(openedAt, 24.1), 'ownerReminder1', (due) => ({
        type: 'REMIND_OWNER',
        timer: 'ownerReminder1',
        due,
      })),
      timer(played, hoursAfter(openedAt, 48.1), 'ownerReminder2', (due) => ({
        type: 'REMIND_OWNER',
        timer: 'ownerReminder2',
        due,
      })),
      timer(played, hoursAfter(openedAt, 72.1), 'ownerExpiry', (due) => ({ type: 'EXPIRE_TICKET', timer: 'ownerExpiry', due })),
    ]
  },
}

function agreed(played: Played, ticket: PastTicket, openedAt: Date): Scene {
  const at = hoursAfter(openedAt, ticket.consentAfterHours ?? 2.5)
  return { at, play: () => consent(played, at) }
}

/** Consent, approval by everybody it needs, and the run. */
function restored(db: Db, played: Played, ticket: PastTicket, openedAt: Date, kept: string[]): Scene[] {
  const yes = agreed(played, ticket, openedAt)
  const votes = ticket.approvers.map((approver, i) => {
    const at = hoursAfter(yes.at, 0.6 + 0.4 * i)
    return { at, play: () => approve(played, approver, at) }
  })
  const at = hoursAfter(votes.at(-1)?.at ?? yes.at, 0.0004)
  const run = async () => {
    const runId = await begin(played, ticket.approvers, at)
    const safetySnapshotId = await pastSnapshot(db, ticket.portal, 'safety', hoursAfter(at, 0.001))
    kept.push(safetySnapshotId)
    await finishPastRun(db, runId, { safetySnapshotId, difference: ticket.difference, at })
    const done = { type: 'RUN_SUCCEEDED' as const, runId, safetySnapshotId, counts: totalOf(ticket.difference) }
    await sendAt(played.stage, systemActor('worker'), played.ticketId, done, hoursAfter(at, 0.004))
    played.safety = { snapshotId: safetySnapshotId, at }
  }
  return [yes, ...votes, { at, play: run }]
}

/** The way back: what had been wiped is missing now, and what had come back goes. */
function undone(db: Db, played: Played, ticket: PastTicket, at: Date, kept: string[]): Scene {
  const play = async () => {
    const { stage, ticketId, cast, safety } = played
    if (!safety) throw new Error('there is nothing to undo')
    const difference = ticket.difference.map(([table, missing, newer, changed]): PastTicket['difference'][number] => [
      table,
      newer,
      missing,
      changed,
    ])
    const of = {
      portal: ticket.portal,
      scope: ticket.scope,
      snapshotId: safety.snapshotId,
      snapshotAt: safety.at,
      purpose: 'undo' as const,
      difference,
    }
    const preview = await pastPreview(db, of, hoursAfter(at, -0.05))
    const runId = crypto.randomUUID()
    const ask: TicketEvent = { type: 'REQUEST_UNDO', ...ownersWords(played, preview), runId }
    await sendAt(stage, cast.proved(cast.owner, at), ticketId, ask, at)
    const safetySnapshotId = await pastSnapshot(db, ticket.portal, 'safety', hoursAfter(at, 0.001))
    kept.push(safetySnapshotId)
    await finishPastRun(db, runId, { safetySnapshotId, difference, at })
    const done: TicketEvent = { type: 'UNDO_SUCCEEDED', runId, safetySnapshotId, counts: totalOf(difference) }
    await sendAt(stage, systemActor('worker'), ticketId, done, hoursAfter(at, 0.004))
  }
  return { at, play }
}

function event({ stage, ticketId }: Played, at: Date, what: TicketEvent, who: Parameters<typeof sendAt>[1]): Scene {
  return { at, play: () => sendAt(stage, who, ticketId, what, at) }
}

type Timed = 'ownerReminder1' | 'ownerReminder2' | 'ownerExpiry' | 'upgradeExpiry' | 'undoEnd'

function timer({ stage, ticketId }: Played, at: Date, name: Timed, what: (due: string) => TicketEvent): Scene {
  return {
    at,
    play: async () => sendAt(stage, systemActor('timer'), ticketId, what(await dueOfTimer(stage, ticketId, name)), at),
  }
}

function lastWord(ticket: PastTicket, openedAt: Date): Date {
  return hoursAfter(openedAt, Math.max(2, ...ticket.talk.map((said) => said.afterHours)))
}
