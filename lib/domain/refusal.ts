import { z } from 'zod'

export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue }

/** The vendor's rules of restores; R14 and R15 speak of captures and deletions and are not asked about a ticket. */
export const ruleNames = ['R1', 'R2', 'R3', 'R4', 'R5', 'R6', 'R7', 'R8', 'R9', 'R10', 'R11', 'R12', 'R13'] as const
export type RuleName = (typeof ruleNames)[number]

/** Said by policy and permissions: each has a sentence in both languages in `refusal-words/`. */
export const deskRefusalCodes = [
  // R1, R2, R8, portal and snapshot
  'capture_overdue',
  'capture_under_way',
  'own_captures_reached',
  'snapshot_gone',
  'snapshot_too_old',
  'snapshot_not_ready',
  'hold_maximum_reached',
  'hold_already_extended',
  'hold_limit_reached',
  'self_hosted',
  'portal_suspended',
  'portal_deleted',
  'legal_hold',
  // R3, R5
  'scope_not_offered',
  'records_needed',
  'search_not_offered',
  'single_person_restore',
  // R4, R13
  'not_owner',
  'no_owner',
  'typed_name_differs',
  'step_up_needed',
  'step_up_stale',
  'mail_code_not_enough',
  'factor_too_new',
  'approver_factor_too_new',
  'second_agent_needed',
  'ticket_frozen',
  // R6, I9
  'preview_not_ready',
  'preview_refused',
  'preview_changed',
  'preview_of_another',
  'consent_missing',
  'consent_stale',
  // R7
  'plan_not_paid',
  'plan_fact_outdated',
  // R9
  'approver_is_requester',
  'approver_is_handler',
  'approver_is_owner',
  'handler_has_voted',
  'handler_is_party',
  'already_voted',
  'approvals_missing',
  'approval_unanswered',
  // R10
  'another_restore_live',
  'joined_live_ticket',
  // R12
  'safety_copy_missing',
  // time
  'too_late',
  'too_early',
  'timer_outdated',
  'undo_window_over',
  'nothing_paused',
  'window_in_past',
  'window_too_late',
  'window_too_short',
  'time_does_not_exist',
  'time_is_ambiguous',
  // the door
  'not_allowed',
  'not_found',
  'not_now',
  'past_commit',
  'run_outdated',
  'version_conflict',
  'idempotency_key_reused',
  'already_assigned',
  'invalid_input',
  'too_often',
] as const
export type DeskRefusalCode = (typeof deskRefusalCodes)[number]

/**
 * Said by the engine and the adapters, before consent or during a run. They have lists of their own, which know nothing of tickets;
 * lib/tickets/engine-refusals.ts fails to compile when one of their codes is missing here.
 */
export const engineRefusalCodes = [
  'server_too_old',
  'same_database',
  'role_cannot_see_rows',
  'role_lacks_right',
  'table_newer',
  'table_gone',
  'structure_moved',
  'type_moved',
  'foreign_table',
  'table_not_heap',
  'rule_always',
  'published_without_identity',
  'event_trigger_always',
  'period_reference',
  'reference_refused',
  'reference_not_nullable',
  'loss_grew',
  'put_back_conflicts',
  'put_back_grew',
  'lock_not_granted',
  'lock_held_too_long',
  'row_refused',
  'verification_failed',
  'commit_forbidden',
  'protected_without_key',
  'protected_gone',
  'erased_returned',
  'prepared_transaction',
  'portal_missing',
  'snapshot_missing',
  'own_database',
  'not_enough_disk',
  'sessions_hold_on',
  'prepared_transactions',
  'replication_slots',
  'subscription_writes',
  'schema_moved',
  'swap_loses_protected',
  'swap_needs_full',
  'programs_missing',
  'repository_unavailable',
  'contents_differ',
  'files_unreadable',
  'files_unusable',
  'files_unsettled',
  'moment_out_of_reach',
  'remote_unusable',
  'remote_unprovable',
  'remote_unproved',
] as const
export type EngineRefusalCode = (typeof engineRefusalCodes)[number]

export const refusalCodes = [...deskRefusalCodes, ...engineRefusalCodes] as const
export type RefusalCode = DeskRefusalCode | EngineRefusalCode

export const jsonValueSchema: z.ZodType<JsonValue> = z.lazy(() =>
  z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(jsonValueSchema), z.record(z.string(), jsonValueSchema)]),
)

/** A no as a value: which rule under which version said it, and the facts it used. Words are made from it in refusal-words.ts. */
export const refusalSchema = z.object({
  code: z.enum(refusalCodes),
  rule: z.enum(ruleNames).nullable(),
  policyVersion: z.int().nullable(),
  facts: z.record(z.string(), jsonValueSchema),
})
export type Refusal = z.infer<typeof refusalSchema>

/** Builds a refusal; `policyVersion` is null where no policy was asked (a foreign id, a version conflict). */
export function refuse(
  code: RefusalCode,
  facts: Record<string, JsonValue> = {},
  rule: RuleName | null = null,
  policyVersion: number | null = null,
): Refusal {
  return { code, rule, policyVersion, facts }
}

/** An outcome that may be a no. */
export type Answer<T> = ({ ok: true } & T) | { ok: false; refusal: Refusal }
export const no = (refusal: Refusal): { ok: false; refusal: Refusal } => ({ ok: false, refusal })
