import type { EventType } from './events.ts'

/** What somebody or something can be to a ticket. One person can be several at once. */
export const parties = [
  // of the portal
  'owner',
  'requester',
  'member',
  'watcher',
  // of the desk
  'assignee',
  'agent',
  'approver',
  'admin',
  // parts of the system
  'timer',
  'worker',
  'billing',
  'checks',
  'directory',
  'operator',
] as const
export type Party = (typeof parties)[number]

type Permission = {
  by: readonly Party[]
  /** R13: needs a second step taken within the last minutes. */
  freshStep?: true
}

/**
 * Who may send which event. Total by type: a new event without a row does not compile. The rules (judge.ts) may still say no;
 * this table alone says who may ask. No row lets anybody consent but the owner (R4, S83).
 */
export const permissions = {
  OPEN_TICKET: { by: ['owner', 'member'] },
  CHECKS_PASSED: { by: ['checks'] },
  CHECKS_REFUSED: { by: ['checks'] },
  JOIN_TICKET: { by: ['owner', 'member'] },
  GIVE_CONSENT: { by: ['owner'], freshStep: true },
  WITHDRAW_CONSENT: { by: ['owner'] },
  REFRESH_PREVIEW: { by: ['owner', 'requester', 'assignee', 'checks', 'worker'] },
  CHOOSE_SNAPSHOT: { by: ['owner', 'requester', 'assignee'] },
  RECORD_PROOF: { by: ['agent'] },
  CONFIRM_PROOF: { by: ['agent'] },
  OWNER_CHANGED: { by: ['directory'] },
  REPORT_NOT_ME: { by: ['owner'] },
  LIFT_FREEZE: { by: ['admin'], freshStep: true },
  CANCEL_TICKET: { by: ['owner', 'requester'] },
  PLAN_CHECKED: { by: ['billing'] },
  CHECK_PLAN_AGAIN: { by: ['owner', 'requester', 'agent', 'billing'] },
  APPROVE_RESTORE: { by: ['approver'], freshStep: true },
  REJECT_RESTORE: { by: ['approver'], freshStep: true },
  REJECT_TICKET: { by: ['agent', 'admin'] },
  EXTEND_HOLD: { by: ['approver'] },
  CLAIM_TICKET: { by: ['agent'] },
  ASSIGN_TICKET: { by: ['agent', 'admin'] },
  RELEASE_TICKET: { by: ['assignee', 'admin'] },
  REPLY: { by: ['owner', 'requester', 'watcher', 'agent', 'approver', 'admin'] },
  ADD_NOTE: { by: ['agent', 'approver', 'admin'] },
  BEGIN_RESTORE: { by: ['timer'] },
  CONSENT_STALE: { by: ['worker'] },
  RUN_SUCCEEDED: { by: ['worker'] },
  RUN_FAILED: { by: ['worker'] },
  RUN_CANCELLED: { by: ['worker'] },
  CANCEL_RUN: { by: ['owner', 'requester', 'assignee', 'admin'] },
  RETRY_RESTORE: { by: ['owner', 'agent'] },
  CONFIRM_RESTORED: { by: ['owner', 'requester'] },
  REQUEST_UNDO: { by: ['owner'], freshStep: true },
  UNDO_SUCCEEDED: { by: ['worker'] },
  UNDO_FAILED: { by: ['worker'] },
  RELEASE_PAUSED: { by: ['owner'] },
  LEAVE_PAUSED: { by: ['owner'] },
  PAUSED_RELEASED: { by: ['worker'] },
  RELEASE_FAILED: { by: ['worker'] },
  OPEN_COMPLAINT: { by: ['owner', 'requester'] },
  RESOLVE_COMPLAINT: { by: ['agent', 'admin'] },
  CLOSE_TICKET: { by: ['owner', 'requester', 'assignee', 'admin'] },
  REMIND_OWNER: { by: ['timer'] },
  EXPIRE_TICKET: { by: ['timer'] },
  ESCALATE_APPROVAL: { by: ['timer'] },
  DENY_UNANSWERED: { by: ['timer'] },
  EXPIRE_CONSENT: { by: ['timer'] },
  WARN_HOLD: { by: ['timer'] },
  END_HOLD: { by: ['timer'] },
  END_UNDO_WINDOW: { by: ['timer'] },
  END_DOWNLOAD: { by: ['timer'] },
} as const satisfies Record<EventType, Permission>

export function permissionOf(type: EventType): Permission {
  return permissions[type]
}

/** May somebody who is these parties send this event at all? */
export function isPermitted(type: EventType, standing: ReadonlySet<Party>): boolean {
  return permissionOf(type).by.some((party) => standing.has(party))
}
