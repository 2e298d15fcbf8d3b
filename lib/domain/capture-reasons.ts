import { z } from 'zod'
import type { EngineRefusalCode } from './refusal.ts'

/** Why a restore point is missing, failed, damaged, or was copied whole: as many kinds as there are different things to say (S27). */
export const captureReasonSchema = z.enum([
  'held_on',
  'portal_unreachable',
  'no_space',
  'right_missing',
  'storage_unreachable',
  'structure_moved',
  'server_setup',
  'check_failed',
  'copy_missing',
  'interrupted',
  'stopped',
  'not_begun',
  'copied_whole',
  'copied_afresh',
  'files_unsettled',
  'error',
])
export type CaptureReason = z.infer<typeof captureReasonSchema>

/** What a no of the engine or an adapter means for a capture. Exhaustive by type: a new code without a kind does not compile. */
export const reasonOfRefusal: Record<EngineRefusalCode | 'safety_copy_missing', CaptureReason> = {
  server_too_old: 'server_setup',
  same_database: 'server_setup',
  role_cannot_see_rows: 'right_missing',
  role_lacks_right: 'right_missing',
  table_newer: 'structure_moved',
  table_gone: 'structure_moved',
  structure_moved: 'structure_moved',
  type_moved: 'structure_moved',
  foreign_table: 'server_setup',
  table_not_heap: 'server_setup',
  rule_always: 'server_setup',
  published_without_identity: 'server_setup',
  event_trigger_always: 'server_setup',
  period_reference: 'server_setup',
  reference_refused: 'error',
  reference_not_nullable: 'error',
  loss_grew: 'error',
  put_back_conflicts: 'error',
  put_back_grew: 'error',
  lock_not_granted: 'held_on',
  lock_held_too_long: 'held_on',
  row_refused: 'error',
  verification_failed: 'check_failed',
  commit_forbidden: 'interrupted',
  protected_without_key: 'error',
  protected_gone: 'error',
  erased_returned: 'error',
  prepared_transaction: 'held_on',
  portal_missing: 'portal_unreachable',
  snapshot_missing: 'copy_missing',
  own_database: 'server_setup',
  not_enough_disk: 'no_space',
  sessions_hold_on: 'held_on',
  prepared_transactions: 'held_on',
  replication_slots: 'server_setup',
  subscription_writes: 'server_setup',
  schema_moved: 'structure_moved',
  swap_loses_protected: 'error',
  swap_needs_full: 'error',
  programs_missing: 'storage_unreachable',
  repository_unavailable: 'storage_unreachable',
  safety_copy_missing: 'copy_missing',
  contents_differ: 'check_failed',
  files_unreadable: 'server_setup',
  files_unusable: 'server_setup',
  files_unsettled: 'files_unsettled',
  moment_out_of_reach: 'copy_missing',
  remote_unusable: 'storage_unreachable',
  remote_unprovable: 'check_failed',
  remote_unproved: 'check_failed',
}

/** What an error that nobody expected means for a capture, by the code of the server or the system where it has one. */
export function reasonOfError(cause: unknown): CaptureReason {
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
  if (code === '53100' || code === 'ENOSPC') return 'no_space'
  return /^(08|57P0|ECONN|EPIPE|ENOTFOUND|ETIMEDOUT)/.test(code) ? 'portal_unreachable' : 'error'
}
