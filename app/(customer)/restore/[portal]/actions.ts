'use server'

import type { Route } from 'next'
import { redirect } from 'next/navigation'
import { getTranslations } from 'next-intl/server'
import { z } from 'zod'
import { askForPreview } from '#app/_ticket/ask-for-preview.ts'
import { type ActionState, answered } from '#app/_ui/action-state.ts'
import { sayRefusal } from '#app/_ui/say-refusal.ts'
import type { Person } from '#lib/domain/actor.ts'
import { isOfRecords, scopes } from '#lib/domain/policy/policy.ts'
import { requireActor } from '#lib/identity/current-actor.ts'
import { deskDb } from '#lib/runtime/desk.ts'
import { readMassDeletion } from '#lib/snapshots/read-mass-deletions.ts'
import { openTicket } from '#lib/tickets/open-ticket.ts'

const text = z.string().catch('')
const formSchema = z.object({
  event: text,
  portal: text,
  portalId: z.uuid(),
  scope: z.enum(scopes).catch('crm'),
  snapshotId: z.uuid().optional().catch(undefined),
  previewId: z.uuid().optional().catch(undefined),
  deletion: z.uuid().optional().catch(undefined),
  found: text,
  subject: text,
  reason: text,
  onlyForPerson: text,
  idempotencyKey: text,
})
/** What of the page's address belongs to a search. */
const foundNames = ['search', 'records', 'snapshot']
const foundSchema = z.object({ search: z.uuid(), records: z.string().regex(/^\d+( \d+)*$/) })
type Form = z.output<typeof formSchema>

/** The two buttons of the page: compare, and send. Both are decided by a verb; here is only what belongs to a form. */
export async function startRestore(previous: ActionState, data: FormData): Promise<ActionState> {
  const actor = await requireActor()
  const form = formSchema.parse(Object.fromEntries(data))
  return form.event === 'OPEN_TICKET' ? send(previous, actor, form) : compare(previous, actor, form)
}

function compare(previous: ActionState, actor: Person, form: Form): Promise<ActionState> {
  const { portal, portalId, snapshotId, scope, previewId, deletion } = form
  const found = Object.fromEntries([...new URLSearchParams(form.found)].filter(([name]) => foundNames.includes(name)))
  const kept = deletion === undefined ? found : { ...found, deletion }
  const insteadOf = previewId === undefined ? [] : [previewId]
  const page = `/restore/${encodeURIComponent(portal)}`
  const records = isOfRecords(scope) ? recordsOf(found) : {}
  return askForPreview(previous, actor, { portalId, snapshotId, scope, insteadOf, ...records }, page, kept)
}

/** The records ticked in the search that the page's address names; without them the verb says what is needed. */
function recordsOf(found: Record<string, string>): { records?: { searchId: string; places: number[] } } {
  const asked = foundSchema.safeParse(found)
  if (!asked.success) return {}
  return { records: { searchId: asked.data.search, places: asked.data.records.split(' ').map(Number) } }
}

async function send(previous: ActionState, actor: Person, form: Form): Promise<ActionState> {
  const t = await getTranslations('newRestore')
  const { portalId, scope, snapshotId, previewId, idempotencyKey } = form
  const [subject, reason, onlyFor] = [form.subject.trim(), form.reason.trim(), form.onlyForPerson.trim()]
  const fieldErrors = {
    ...(subject === '' ? { subject: t('subjectNeeded') } : {}),
    ...(subject.length > 200 ? { subject: t('subjectLong') } : {}),
    ...(reason === '' ? { reason: t('reasonNeeded') } : {}),
    ...(snapshotId === undefined ? { snapshotId: t('pointNeeded') } : {}),
  }
  if (Object.keys(fieldErrors).length > 0 || snapshotId === undefined || previewId === undefined)
    return answered(previous, { fieldErrors })
  const deletion =
    form.deletion === undefined ? null : await readMassDeletion(deskDb(), actor, { portalId, alertId: form.deletion })
  const opened = await openTicket(deskDb(), actor, {
    portalId,
    scope,
    snapshotId,
    previewId,
    subject,
    reason,
    incidentAt: deletion?.from.toISOString() ?? null,
    idempotencyKey,
    onlyForPerson: onlyFor === '' ? null : onlyFor,
  })
  if (!opened.ok) return answered(previous, { refusal: await sayRefusal(opened.refusal, actor.timeZone) })
  redirect(`/tickets/${opened.ticket.number}${opened.joined ? '?joined=1' : '?sent=1'}` as Route)
}
