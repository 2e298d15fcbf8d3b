import type { Scope, VersionedPolicy } from './policy.ts'
import { allow, decide, deny, type Verdict } from './verdict.ts'

export type Vote = { approverId: string; digest: string }

/** R9: how many different approvers a restore needs. */
export function approvalsNeeded(
  input: { scope: Scope; userCount: number },
  policy: Pick<VersionedPolicy, 'twoApproversAboveUsers'>,
): 1 | 2 {
  return input.scope === 'full' && input.userCount > policy.twoApproversAboveUsers ? 2 : 1
}

/** R9 as arithmetic: the different people who approved this very digest (I9, S82). */
export function approvalsCounted(votes: readonly Vote[], digest: string): number {
  return new Set(votes.filter((vote) => vote.digest === digest).map((vote) => vote.approverId)).size
}

/** R9, S16, S79: the approver asked for nothing, handles nothing, owns nothing and has not voted on this digest before. */
export function r9Approver(
  input: {
    approverId: string | null
    requesterId: string
    ownerId: string
    handlerIds: readonly string[]
    votes: readonly Vote[]
    digest: string
  },
  policy: VersionedPolicy,
): Verdict {
  const { approverId } = input
  if (approverId === null) return deny('not_allowed', 'R9', policy)
  if (approverId === input.requesterId) return deny('approver_is_requester', 'R9', policy)
  if (approverId === input.ownerId) return deny('approver_is_owner', 'R9', policy)
  if (input.handlerIds.includes(approverId)) return deny('approver_is_handler', 'R9', policy)
  const voted = input.votes.some((vote) => vote.approverId === approverId && vote.digest === input.digest)
  return decide(!voted, 'already_voted', 'R9', policy)
}

/** S79 from the other side: whoever voted cannot take the ticket over, nor can its owner or requester (S16). */
export function r9Handler(
  input: { handlerId: string | null; requesterId: string; ownerId: string; votes: readonly Vote[] },
  policy: VersionedPolicy,
): Verdict {
  const { handlerId } = input
  if (handlerId === null || handlerId === input.requesterId || handlerId === input.ownerId)
    return deny('handler_is_party', 'R9', policy)
  return input.votes.some((vote) => vote.approverId === handlerId) ? deny('handler_has_voted', 'R9', policy) : allow('R9', policy)
}

/** R9 when the restore begins: enough votes are left after those of people who lost the role are gone (S81). */
export function r9Approvals(input: { counted: number; needed: number }, policy: VersionedPolicy): Verdict {
  return decide(input.counted >= input.needed, 'approvals_missing', 'R9', policy, {
    counted: input.counted,
    needed: input.needed,
  })
}
