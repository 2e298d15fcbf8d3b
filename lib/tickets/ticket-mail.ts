import { and, arrayContains, eq, inArray, isNull } from 'drizzle-orm'
import { z } from 'zod'
import type { Tx } from '#db/client.ts'
import { extractedFiles, ownerships, portalPeople, portals, previews, runs, ticketWatchers, users } from '#db/schema/index.ts'
import type { DeskRole, Locale } from '#lib/domain/actor.ts'
import { lethalClock } from '#lib/domain/clocks.ts'
import type { EffectParams, MailParty, MailTemplate } from '#lib/domain/effects.ts'
import type { Instant } from '#lib/domain/instants.ts'
import { senderId } from '#lib/domain/machine-context.ts'
import { isOfRecords } from '#lib/domain/policy/policy.ts'
import { refuse } from '#lib/domain/refusal.ts'
import { failureWords, refusalWords } from '#lib/domain/refusal-words.ts'
import { dueOf } from '#lib/domain/timers.ts'
import { enqueueMail } from '#lib/mail/outbox.ts'
import type { TemplateData } from '#lib/mail/templates/data.ts'
import { type PreviewReport, previewReportSchema, type Tally, tallySchema } from '#lib/snapshots/preview-report.ts'
import type { Scene } from './scene.ts'

type Reader = { id: string; email: string; locale: Locale; timeZone: string }

/** Writes one mail for each person of a party, in that person's language; the same step never tells anybody twice (S59). */
export async function sendTicketMail(tx: Tx, { to, template }: EffectParams['sendMail'], scene: Scene): Promise<void> {
  const { ticket } = scene
  const facts = await mailFacts(tx, scene)
  for (const reader of await readersOf(tx, to, scene)) {
    await enqueueMail(tx, {
      template,
      data: dataFor[template](scene, facts, reader),
      to: { email: reader.email, locale: reader.locale },
      ticketId: ticket.id,
      portalId: ticket.portalId,
      dedupeKey: `${ticket.id}:${ticket.version}:${template}:${reader.id}`,
    })
  }
}

type Facts = {
  number: number
  portalName: string
  comesBack: number
  wiped: number
  sampled: PreviewReport['sampled']
  pauseMs: number | null
  files: boolean
  /** As previewed; once the run is over, as it did. Null where none are moved. */
  portalFiles: { back: number; lost: number; changed: number } | null
}
type DataFor = { [T in MailTemplate]: (scene: Scene, facts: Facts, reader: Reader) => TemplateData<T> }

const about = (_: Scene, { number, portalName }: Facts) => ({ number, portalName })
const counts = ({ comesBack, wiped, sampled }: Facts) => ({
  comesBack,
  wiped,
  ...(sampled === undefined
    ? {}
    : {
        estimated: {
          comesBackAtLeast: sampled.missing.atLeast,
          comesBackAtMost: sampled.missing.atMost,
          wipedAtMost: sampled.newer.atMost,
        },
      }),
})

const portalFiles = ({ portalFiles: files }: Facts) => (files === null ? {} : { portalFiles: files })

const dataFor: DataFor = {
  owner_asked: (scene, facts) => ({ ...about(scene, facts), deadline: due(scene, 'ownerExpiry') }),
  owner_reminder: (scene, facts) => ({ ...about(scene, facts), deadline: due(scene, 'ownerExpiry') }),
  owner_asked_again: (scene, facts) => ({
    ...about(scene, facts),
    deadline: scene.life.state === 'verifyingOwner' ? due(scene, 'ownerExpiry') : null,
  }),
  owner_changed: about,
  consent_receipt: (scene, facts) => ({
    ...about(scene, facts),
    ...counts(facts),
    ...portalFiles(facts),
    givenAt: scene.event.at,
  }),
  not_me_reported: about,
  plan_needed: (scene, facts) => ({
    ...about(scene, facts),
    deadline: lethalClock('awaitingUpgrade', scene.life.context)?.at ?? null,
  }),
  plan_paid: about,
  approval_asked: (scene, facts) => ({ ...about(scene, facts), deadline: due(scene, 'approvalDenial') }),
  approval_escalated: (scene, facts) => ({ ...about(scene, facts), deadline: due(scene, 'approvalDenial') }),
  approved: (scene, facts) => ({ ...about(scene, facts), startsAt: startsAt(scene) }),
  rejected: (scene, facts, reader) => ({ ...about(scene, facts), reason: rejection(scene, reader) }),
  reply_posted: about,
  hold_ending: (scene, facts) => ({ ...about(scene, facts), endsAt: scene.life.context.hold.until }),
  restore_begins: (scene, { portalName, pauseMs, portalFiles }) => {
    return { portalName, startsAt: startsAt(scene), pauseMs, withFiles: portalFiles !== null }
  },
  restored: (scene, facts) => ({
    ...about(scene, facts),
    ...counts(facts),
    ...portalFiles(facts),
    undoUntil: due(scene, 'undoEnd'),
    files: facts.files,
    paused: scene.life.context.paused?.actions ?? 0,
  }),
  files_ready: (scene, facts) => ({ ...about(scene, facts), until: scene.life.context.files?.until ?? null }),
  restore_failed: (scene, facts, reader) => ({ ...about(scene, facts), ...failure(scene, reader) }),
  undone: (scene, facts) => ({
    ...about(scene, facts),
    ...portalFiles(facts),
    files: facts.files,
    paused: scene.life.context.paused?.actions ?? 0,
  }),
  undo_failed: (scene, facts, reader) => ({ ...about(scene, facts), ...failure(scene, reader) }),
  paused_released: (scene, facts) => {
    const { released = 0, changed = 0, gone = 0 } = scene.life.context.paused?.released ?? {}
    return { ...about(scene, facts), released, left: changed + gone }
  },
  release_failed: (scene, facts) => ({ ...about(scene, facts), unproved: scene.life.context.paused?.unproved ?? false }),
  cancelled: about,
  expired: about,
  closed: about,
}

function due({ life }: Scene, timer: Parameters<typeof dueOf>[0]): Instant {
  const instant = dueOf(timer, life.context)
  if (instant === null) throw new Error(`timer ${timer} is not set in ${life.state}`)
  return instant
}

/** Null is "as soon as possible". */
function startsAt({ life }: Scene): Instant | null {
  const window = life.context.consent?.window
  return window?.kind === 'at' ? window.at : null
}

function rejection({ event }: Scene, reader: Reader): string {
  if (event.type === 'CHECKS_REFUSED') return refusalWords(event.refusal, reader).why
  if (event.type === 'REJECT_RESTORE' || event.type === 'REJECT_TICKET') return event.reason
  return refusalWords(refuse('approval_unanswered', {}, 'R9'), reader).why
}

function failure({ life }: Scene, reader: Reader): { reason: string; unproved: boolean } {
  const { failure: why } = life.context
  return { reason: why === null ? '' : failureWords(why, reader).why, unproved: why?.kind === 'unproved' }
}

async function mailFacts(tx: Tx, { ticket, life, event }: Scene): Promise<Facts> {
  const [row] = await tx
    .select({ portalName: portals.name, report: previews.report })
    .from(portals)
    .innerJoin(previews, eq(previews.portalId, portals.id))
    .where(and(eq(portals.id, ticket.portalId), eq(previews.id, life.context.preview.previewId)))
  if (!row) throw new Error(`ticket ${ticket.number} has no preview in its portal`)
  const report = previewReportSchema
    .pick({ totals: true, sampled: true, writePauseMs: true, files: true })
    .nullable()
    .parse(row.report)
  return {
    number: ticket.number,
    portalName: row.portalName,
    comesBack: report?.totals.comesBack ?? 0,
    wiped: report?.totals.wiped ?? 0,
    sampled: report?.sampled,
    pauseMs: report?.writePauseMs ?? null,
    files: await hasFiles(tx, event),
    portalFiles: filesToTell(isDone(event) ? await movedFiles(tx, event.runId) : report?.files),
  }
}

function filesToTell(files: PreviewReport['files'] | Tally): Facts['portalFiles'] {
  if (typeof files !== 'object' || files.missing + files.newer + files.changed === 0) return null
  return { back: files.missing, lost: files.newer, changed: files.changed }
}

const moved = z.object({ files: tallySchema.optional() }).nullable()

/** The portal's files that a finished run moved. */
async function movedFiles(tx: Tx, runId: string): Promise<Tally | undefined> {
  const [run] = await tx.select({ report: runs.report }).from(runs).where(eq(runs.id, runId))
  return moved.parse(run?.report ?? null)?.files
}

type Event = Scene['event']

const isDone = (event: Event): event is Extract<Event, { type: 'RUN_SUCCEEDED' | 'UNDO_SUCCEEDED' }> =>
  event.type === 'RUN_SUCCEEDED' || event.type === 'UNDO_SUCCEEDED'

/** Whether what this run wiped is there as files. */
async function hasFiles(tx: Tx, event: Scene['event']): Promise<boolean> {
  if (!isDone(event)) return false
  const files = await tx
    .select({ id: extractedFiles.id })
    .from(extractedFiles)
    .where(and(eq(extractedFiles.runId, event.runId), isNull(extractedFiles.deletedAt)))
  return files.length > 0
}

async function readersOf(tx: Tx, party: MailParty, scene: Scene): Promise<Reader[]> {
  const { ownerId, requesterId, assigneeId, handlerIds, votes } = scene.life.context
  switch (party) {
    case 'owner':
      return people(tx, [ownerId])
    case 'customer':
      return people(tx, await customerOf(tx, scene))
    case 'portalPeople':
      // What only adds records, or none, interrupts nobody: everybody need not hear of it.
      return isOfRecords(scene.life.context.scope) ? [] : people(tx, await everybodyOf(tx, scene.ticket.portalId))
    case 'admins':
      return staff(tx, 'admin')
    case 'desk':
      return assigneeId === null ? staff(tx, 'agent') : people(tx, [assigneeId])
    case 'approvers': {
      // R9: those who could not vote, or have, are not asked.
      const barred = [ownerId, requesterId, ...handlerIds, ...votes.map((vote) => vote.approverId)]
      return (await staff(tx, 'approver')).filter((reader) => !barred.includes(reader.id))
    }
    case 'otherSide': {
      const customer = await customerOf(tx, scene)
      const sender = senderId(scene.event)
      return sender !== null && customer.includes(sender) ? readersOf(tx, 'desk', scene) : people(tx, customer)
    }
  }
}

async function customerOf(tx: Tx, { ticket, life }: Scene): Promise<string[]> {
  const watchers = await tx
    .select({ userId: ticketWatchers.userId })
    .from(ticketWatchers)
    .where(eq(ticketWatchers.ticketId, ticket.id))
  const belonging = await everybodyOf(tx, ticket.portalId)
  const { ownerId, requesterId } = life.context
  // S14: whoever has left the portal hears no more of it.
  return [...new Set([ownerId, requesterId, ...watchers.map(({ userId }) => userId)])].filter((id) => belonging.includes(id))
}

async function everybodyOf(tx: Tx, portalId: string): Promise<string[]> {
  const members = await tx
    .select({ userId: portalPeople.userId })
    .from(portalPeople)
    .where(and(eq(portalPeople.portalId, portalId), isNull(portalPeople.deactivatedAt)))
  const owners = await tx
    .select({ userId: ownerships.userId })
    .from(ownerships)
    .where(and(eq(ownerships.portalId, portalId), isNull(ownerships.toAt)))
  return [...new Set([...members, ...owners].map(({ userId }) => userId))]
}

const reader = { id: users.id, email: users.email, locale: users.locale, timeZone: users.timeZone }

function people(tx: Tx, ids: string[]): Promise<Reader[]> {
  return tx
    .select(reader)
    .from(users)
    .where(and(inArray(users.id, ids), isNull(users.deactivatedAt)))
}

function staff(tx: Tx, role: DeskRole): Promise<Reader[]> {
  return tx
    .select(reader)
    .from(users)
    .where(and(arrayContains(users.deskRoles, [role]), isNull(users.deactivatedAt)))
}
