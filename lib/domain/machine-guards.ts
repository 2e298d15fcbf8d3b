import { assertEvent } from 'xstate'
import { isBefore } from './instants.ts'
import type { TicketContext } from './machine-context.ts'
import type { Args } from './machine-updates.ts'
import { r7PaidOnly } from './policy/r7-paid-only.ts'
import { approvalsCounted, approvalsNeeded } from './policy/r9-four-eyes.ts'

// Questions that choose between two ways on; whether an event is allowed at all is judge.ts.

export const planAllows = ({ context, event }: Args): boolean => {
  assertEvent(event, ['PLAN_CHECKED', 'BEGIN_RESTORE'])
  return r7PaidOnly(event, context.policy).allowed
}

export const enoughVotes = ({ context }: Args): boolean => counted(context) >= needed(context)

export const completesApproval = ({ context }: Args): boolean => counted(context) + 1 >= needed(context)

/** S81: votes of people who are no approvers any more do not count. */
export const votesStillEnough = ({ context, event }: Args): boolean => {
  assertEvent(event, 'BEGIN_RESTORE')
  const votes = context.votes.filter((vote) => event.approverIds.includes(vote.approverId))
  return counted({ ...context, votes }) >= needed(context)
}

export const sameDigest = ({ context, event }: Args): boolean => {
  assertEvent(event, 'REFRESH_PREVIEW')
  return event.digest === context.preview.digest
}

export const windowMissed = ({ context: { consent }, event }: Args): boolean =>
  consent?.window.kind === 'at' && !isBefore(event.at, consent.window.until)

export const undoOffered = ({ context: { undo }, event }: Args): boolean => undo !== null && isBefore(event.at, undo.until)

/** An extract: what was made are files, and no data moved. */
export const madeFiles = ({ context }: Args): boolean => context.scope === 'extract'

export const consentGone = ({ context }: Args): boolean => context.run?.stop === 'consentGone'

export const complaintOpen = ({ context }: Args): boolean => context.complaint !== null

export const frozen = ({ context }: Args): boolean => context.frozen !== null

const counted = ({ votes, preview }: TicketContext) => approvalsCounted(votes, preview.digest)
const needed = (context: TicketContext) => approvalsNeeded(context, context.policy)
