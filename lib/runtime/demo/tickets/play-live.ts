import postgres from 'postgres'
import { Temporal } from 'temporal-polyfill'
import type { Db } from '#db/client.ts'
import { scoped } from '#db/scope.ts'
import { deletions } from '#db/seed/portals/incidents.ts'
import { localInstant } from '#db/seed/portals/moments.ts'
import type { DemoPortal } from '#db/seed/portals/portals.ts'
import { systemActor } from '#lib/domain/actor.ts'
import type { RestoreWindow } from '#lib/domain/events.ts'
import { dispatch } from '#lib/tickets/dispatch.ts'
import { cancelJob } from '#lib/tickets/enqueue-job.ts'
import { executeRun } from '#lib/tickets/execute-run.ts'
import { say } from '#lib/tickets/say.ts'
import { demoId, demoPortalLogin } from '../secrets.ts'
import { type Cast, castOf, demoPortal, speaker } from './cast.ts'
import { comparedAt, type LiveTicket } from './live.ts'
import { realPreview } from './live-preview.ts'
import { tellDay } from './on-weekday.ts'
import { dueOfTimer, openAt, type Stage, sendAt } from './stage.ts'
import { approve, begin, claim, consent, hoursAfter, type Played, passChecks, speak } from './steps.ts'

export type LiveWork = { db: Db; stage: Stage; adminUrl: string; authSecret: string; dataDir: string; now: Date }
type Scene = { at: Date; play: () => Promise<void> }

/** Plays a ticket as far as it has come. What it needs to go on from there is real: restore point, preview, hold, run, safety copy. */
export async function playLive(work: LiveWork, ticket: LiveTicket): Promise<void> {
  const { db, stage, now } = work
  const portal = demoPortal(ticket.portal)
  const openedAt = hoursAfter(now, -ticket.openedHoursAgo)
  const mishap = mishapOf(portal, now)
  const real = await realPreview(db, stage, { ...ticket, mishapAt: mishap.at, askedAt: comparedAt(ticket, now) })
  const cast = castOf(ticket, now)
  const ticketId = await openAt(
    stage,
    cast.requester,
    {
      portalId: demoId(ticket.portal),
      scope: ticket.scope,
      snapshotId: real.snapshotId,
      previewId: real.previewId,
      subject: ticket.subject,
      reason: tellDay(ticket.reason, mishap.at, portal),
      incidentAt: mishap.at.toISOString(),
      deletedByRequester: mishap.who === cast.requester.name ? mishap.deals : null,
    },
    openedAt,
  )
  const played: Played = { stage, ticketId, cast, portal, preview: { previewId: real.previewId, digest: real.digest } }
  const scenes = [...beginning(played, ticket, openedAt), ...agreement(played, ticket, now)]
  for (const scene of scenes.sort((a, b) => a.at.getTime() - b.at.getTime())) await scene.play()
  await run(work, played, ticket)
}

function beginning(played: Played, ticket: LiveTicket, openedAt: Date): Scene[] {
  const { agent } = ticket
  const checkedAt = hoursAfter(openedAt, 0.002)
  const claimedAt = hoursAfter(openedAt, 0.2)
  return [
    { at: checkedAt, play: () => passChecks(played, checkedAt) },
    ...(agent === null ? [] : [{ at: claimedAt, play: () => claim(played, agent, claimedAt) }]),
    ...ticket.talk.map((said) => {
      const at = hoursAfter(openedAt, said.afterHours)
      return { at, play: () => speak(played, said, at) }
    }),
  ]
}

/** The owner's yes and the desk's, or the reminder of an owner who says nothing. */
function agreement(played: Played, ticket: LiveTicket, now: Date): Scene[] {
  if (ticket.consentHoursAgo === null) return [reminder(played, hoursAfter(now, 24.05 - ticket.openedHoursAgo))]
  const consentedAt = hoursAfter(now, -ticket.consentHoursAgo)
  const window: RestoreWindow = ticket.reached === 'scheduled' ? tonight(played.portal, now) : { kind: 'now' }
  const yes = { at: consentedAt, play: () => consent(played, consentedAt, window) }
  if (ticket.reached === 'awaitingUpgrade' || ticket.reached === 'awaitingApproval') return [yes]
  const approvedAt = ticket.reached === 'scheduled' ? hoursAfter(consentedAt, 0.7) : hoursAfter(now, -0.2)
  return [yes, { at: approvedAt, play: () => approve(played, ticket.approver, approvedAt) }]
}

function reminder({ stage, ticketId }: Played, at: Date): Scene {
  const play = async () => {
    const due = await dueOfTimer(stage, ticketId, 'ownerReminder1')
    await sendAt(stage, systemActor('timer'), ticketId, { type: 'REMIND_OWNER', timer: 'ownerReminder1', due }, at)
  }
  return { at, play }
}

/** Carries the restore out, for real. The one that is to fail meets a table that somebody else holds. */
async function run(work: LiveWork, played: Played, ticket: LiveTicket): Promise<void> {
  if (ticket.reached !== 'restored' && ticket.reached !== 'restoreFailed') return
  const runId = await begin(played, [ticket.approver], hoursAfter(work.now, -0.19))
  await scoped(work.db, 'system', (tx) => cancelJob(tx, `run:${runId}`))
  const execute = () => executeNow(work, runId, ticket.reached === 'restored' ? 'succeeded' : 'failed')
  await (ticket.reached === 'restored' ? execute() : whileHeld(work, ticket.portal, execute))
  for (const said of ticket.afterwards ?? []) await sayNow(work.db, played.ticketId, played.cast, said)
}

async function executeNow({ db, dataDir, authSecret }: LiveWork, runId: string, expected: 'succeeded' | 'failed'): Promise<void> {
  const limits = expected === 'failed' ? { limits: { attempts: 1, lockWaitMs: 300 } } : {}
  const executed = await executeRun(db, runId, {
    workerId: 'demo-seed',
    dataDir,
    authSecret,
    signal: new AbortController().signal,
    observe: async () => undefined,
    ...limits,
  })
  if (!executed.done || executed.state !== expected) throw new Error(`the demo's run came out as ${JSON.stringify(executed)}`)
}

/** The portal's own program reads with locks, as a report does. */
async function whileHeld({ adminUrl, authSecret }: LiveWork, externalId: string, work: () => Promise<void>): Promise<void> {
  const login = demoPortalLogin(authSecret, externalId)
  const url = new URL(adminUrl)
  Object.assign(url, { username: login.role, password: login.password, pathname: `/${login.databaseName}` })
  const report = postgres(url.href, { max: 1, connection: { application_name: 'monthly report' } })
  try {
    await report.begin(async (tx) => {
      await tx`lock table crm.deals in row share mode`
      await work()
    })
  } finally {
    await report.end()
  }
}

async function sayNow(db: Db, ticketId: string, cast: Cast, said: { by: string; says: string }): Promise<void> {
  const person = speaker(cast, said.by)
  const answer = await dispatch(db, person, { ticketId, event: say(person, 'REPLY', said.says) })
  if (!answer.ok) throw new Error(`the demo's last word was refused: ${answer.refusal.code}`)
}

const mishaps: Record<string, (typeof deletions)[keyof typeof deletions]> = deletions

function mishapOf(portal: DemoPortal, now: Date): { at: Date; who: string; deals: number } {
  const mishap = mishaps[portal.externalId]
  if (!mishap) throw new Error(`nothing went wrong at ${portal.externalId}`)
  const today = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(portal.timeZone).toPlainDate()
  const date = today.subtract({ days: mishap.daysAgo }).toString()
  return { at: localInstant(portal.timeZone, date, mishap.hour, mishap.minute), who: mishap.who, deals: mishap.deals }
}

/** Ten in the evening of the portal's own day, or of the next one when that is less than an hour away. */
function tonight(portal: DemoPortal, now: Date): RestoreWindow {
  const today = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(portal.timeZone).toPlainDate()
  const [first, second] = [0, 1].map((days) => localInstant(portal.timeZone, today.add({ days }).toString(), 22))
  const at = first && first.getTime() > now.getTime() + 3_600_000 ? first : second
  if (!at) throw new Error('there is no evening')
  return { kind: 'at', at: at.toISOString(), until: hoursAfter(at, 4).toISOString(), timeZone: portal.timeZone, atEnd: 'abort' }
}
