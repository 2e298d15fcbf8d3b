'use server'

import { refresh } from 'next/cache'
import { getTranslations } from 'next-intl/server'
import { z } from 'zod'
import { type ActionState, answered } from '#app/_ui/action-state.ts'
import type { Person } from '#lib/domain/actor.ts'
import type { EventType } from '#lib/domain/events.ts'
import { requireActor } from '#lib/identity/current-actor.ts'
import { deskDb } from '#lib/runtime/desk.ts'
import { addNote } from '#lib/tickets/add-note.ts'
import { approveRestore } from '#lib/tickets/approve-restore.ts'
import { assignTicket } from '#lib/tickets/assign-ticket.ts'
import { cancelRun } from '#lib/tickets/cancel-run.ts'
import { cancelTicket } from '#lib/tickets/cancel-ticket.ts'
import { checkPlanAgain } from '#lib/tickets/check-plan-again.ts'
import { claimTicket } from '#lib/tickets/claim-ticket.ts'
import { closeTicket } from '#lib/tickets/close-ticket.ts'
import { confirmProof } from '#lib/tickets/confirm-proof.ts'
import { confirmRestored } from '#lib/tickets/confirm-restored.ts'
import type { Dispatched } from '#lib/tickets/dispatch.ts'
import { extendHold } from '#lib/tickets/extend-hold.ts'
import { leavePaused } from '#lib/tickets/leave-paused.ts'
import { liftFreeze } from '#lib/tickets/lift-freeze.ts'
import { openComplaint } from '#lib/tickets/open-complaint.ts'
import { recordProof } from '#lib/tickets/record-proof.ts'
import { rejectRestore } from '#lib/tickets/reject-restore.ts'
import { rejectTicket } from '#lib/tickets/reject-ticket.ts'
import { releasePaused } from '#lib/tickets/release-paused.ts'
import { releaseTicket } from '#lib/tickets/release-ticket.ts'
import { reply } from '#lib/tickets/reply.ts'
import { reportNotMe } from '#lib/tickets/report-not-me.ts'
import { resolveComplaint } from '#lib/tickets/resolve-complaint.ts'
import { retryRestore } from '#lib/tickets/retry-restore.ts'
import { withdrawConsent } from '#lib/tickets/withdraw-consent.ts'
import { sayConflict } from './say-conflict.ts'

const text = z.string().optional()
const formSchema = z.object({
  event: z.string(),
  ticketId: z.string(),
  expectedVersion: z.coerce.number(),
  idempotencyKey: z.string(),
  reason: text.transform((value) => (value?.trim() ? value : undefined)),
  body: text,
  note: text,
  kind: text,
  evidence: text,
  assigneeId: text,
  proofId: text,
  digest: text,
  runId: text,
  actions: text,
})
type Form = z.output<typeof formSchema>
type Call = { ticketId: string; expectedVersion: number; idempotencyKey: string }
type Verb = (actor: Person, call: Call, form: Form) => Promise<Dispatched>

/** A reason may be left out where the event allows it; where it is needed the verb itself says so. */
const because = ({ reason }: Form) => (reason === undefined ? {} : { reason })

/** The events that need nothing but a button and perhaps some words; consent, undo and another restore point have forms of their own. */
const verbs: Partial<Record<EventType, Verb>> = {
  ADD_NOTE: (actor, call, { note = '' }) => addNote(deskDb(), actor, { ...call, body: note }),
  APPROVE_RESTORE: (actor, call, form) =>
    approveRestore(deskDb(), actor, { ...call, digest: form.digest ?? '', ...because(form) }),
  ASSIGN_TICKET: (actor, call, { assigneeId = '' }) => assignTicket(deskDb(), actor, { ...call, assigneeId }),
  CANCEL_RUN: (actor, call, form) => cancelRun(deskDb(), actor, { ...call, ...because(form) }),
  CANCEL_TICKET: (actor, call, form) => cancelTicket(deskDb(), actor, { ...call, ...because(form) }),
  CHECK_PLAN_AGAIN: (actor, call) => checkPlanAgain(deskDb(), actor, call),
  CLAIM_TICKET: (actor, call) => claimTicket(deskDb(), actor, call),
  CLOSE_TICKET: (actor, call, form) => closeTicket(deskDb(), actor, { ...call, ...because(form) }),
  CONFIRM_PROOF: (actor, call, { proofId = '' }) => confirmProof(deskDb(), actor, { ...call, proofId }),
  CONFIRM_RESTORED: (actor, call) => confirmRestored(deskDb(), actor, call),
  EXTEND_HOLD: (actor, call, { reason = '' }) => extendHold(deskDb(), actor, { ...call, reason }),
  LEAVE_PAUSED: (actor, call, { runId = '' }) => leavePaused(deskDb(), actor, { ...call, runId }),
  LIFT_FREEZE: (actor, call, { reason = '' }) => liftFreeze(deskDb(), actor, { ...call, reason }),
  OPEN_COMPLAINT: (actor, call, { reason = '' }) => openComplaint(deskDb(), actor, { ...call, reason }),
  RECORD_PROOF: (actor, call, { kind = '', evidence = '' }) => recordProof(deskDb(), actor, { ...call, kind, evidence }),
  REJECT_RESTORE: (actor, call, { digest = '', reason = '' }) => rejectRestore(deskDb(), actor, { ...call, digest, reason }),
  REJECT_TICKET: (actor, call, { reason = '' }) => rejectTicket(deskDb(), actor, { ...call, reason }),
  RELEASE_PAUSED: (actor, call, { runId = '', actions = '' }) => releasePaused(deskDb(), actor, { ...call, runId, actions }),
  RELEASE_TICKET: (actor, call) => releaseTicket(deskDb(), actor, call),
  REPLY: (actor, call, { body = '' }) => reply(deskDb(), actor, { ...call, body }),
  REPORT_NOT_ME: (actor, call, form) => reportNotMe(deskDb(), actor, { ...call, ...because(form) }),
  RESOLVE_COMPLAINT: (actor, call, { reason = '' }) => resolveComplaint(deskDb(), actor, { ...call, reason }),
  RETRY_RESTORE: (actor, call) => retryRestore(deskDb(), actor, call),
  WITHDRAW_CONSENT: (actor, call, form) => withdrawConsent(deskDb(), actor, { ...call, ...because(form) }),
}

/** Sends the event that the pressed button names. The door decides; a no comes back in words, and what was typed stays. */
export async function sendTicketEvent(previous: ActionState, form: FormData): Promise<ActionState> {
  const actor = await requireActor()
  const sent = formSchema.parse(Object.fromEntries(form))
  const verb = Object.entries(verbs).find(([event]) => event === sent.event)?.[1]
  if (verb === undefined) throw new Error(`no button sends ${sent.event}`)
  const { ticketId, expectedVersion, idempotencyKey } = sent
  const outcome = await verb(actor, { ticketId, expectedVersion, idempotencyKey }, sent)
  if (outcome.ok) {
    refresh()
    return answered(previous)
  }
  const fields = z.array(z.string()).catch([]).parse(outcome.refusal.facts.fields)
  if (outcome.refusal.code !== 'invalid_input' || fields.length === 0)
    return answered(previous, { refusal: await sayConflict(outcome.refusal, actor) })
  return answered(previous, { fieldErrors: await missingFields(sent.event, fields) })
}

/** Fields that say more than "please fill this in" when they are empty. */
const needed = ['body', 'note', 'reason', 'kind', 'evidence', 'assigneeId'] as const

/** What is missing, at the form's own fields: a note is typed into a field of its own name, so that a draft of it is never taken for a reply. */
async function missingFields(event: string, fields: string[]): Promise<Record<string, string>> {
  const t = await getTranslations('ticketForm')
  const named = fields.map((field) => (event === 'ADD_NOTE' && field === 'body' ? 'note' : field))
  const words = (field: string) => {
    if (event === 'OPEN_COMPLAINT' && field === 'reason') return t('needed.complaint')
    const known = needed.find((one) => one === field)
    return known === undefined ? t('fieldNeeded') : t(`needed.${known}`)
  }
  return Object.fromEntries(named.map((field) => [field, words(field)]))
}
