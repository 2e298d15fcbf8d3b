import { z } from 'zod'

/**
 * What a plan means for R7: `always` restores (trial, partner), `if_paid` restores while billing says it is paid, `never`
 * restores. Plans are rows here, never branches in code (S22); `*` stands for every plan that has no row.
 */
const planTerms = ['always', 'if_paid', 'never'] as const

/** What a ticket asks for, the smallest first. `extract` makes files and `put_back` adds chosen records; the other two go back to a snapshot. */
export const scopes = ['extract', 'put_back', 'crm', 'full'] as const
export type Scope = (typeof scopes)[number]
/** Those that take everything within them back to a snapshot. */
export const wholeScopes = ['crm', 'full'] as const satisfies readonly Scope[]
export type WholeScope = (typeof wholeScopes)[number]
/** Those that are about records somebody chose. */
export const recordScopes = ['extract', 'put_back'] as const satisfies readonly Scope[]
export type RecordScope = (typeof recordScopes)[number]

export const isWhole = (scope: Scope): scope is WholeScope => wholeScopes.some((whole) => whole === scope)
export const isOfRecords = (scope: Scope): scope is RecordScope => !isWhole(scope)

/** The numbers and switches of the rules; the defaults are the vendor's published ones. */
export const policySchema = z.object({
  /** R1 */
  captureEveryHours: z.int().min(1).default(24),
  captureGraceHours: z.int().min(0).default(2),
  /** How many restore points the owner may have made by hand within 24 hours. */
  ownCapturesPerDay: z.int().min(1).max(24).default(3),
  /** R2: days of 24 hours from the capture's completion (S32). */
  retentionDays: z.int().min(1).max(3650).default(7),
  /** How long past its retention a live ticket may keep a snapshot (S25). */
  holdMaximumHours: z.int().min(1).default(72),
  /** S19: the one extension that an approver may give. */
  holdExtensionHours: z.int().min(1).default(72),
  /** S34: snapshots of one portal that may be held at the same time. */
  holdsPerPortalMaximum: z.int().min(1).default(3),
  /** R3 */
  scopes: z
    .array(z.enum(scopes))
    .min(1)
    .default([...scopes]),
  /** R7 */
  plans: z
    .record(z.string(), z.enum(planTerms))
    .default({ free: 'never', trial: 'always', partner: 'always', demo: 'always', '*': 'if_paid' }),
  /** R9: a `full` restore of a portal with more users than this needs two approvers. */
  twoApproversAboveUsers: z.int().min(0).default(50),
  /** R11: how much what would be lost may grow after consent before the owner is asked again; the larger of the two counts. */
  toleranceRows: z.int().min(0).default(0),
  tolerancePercent: z.number().min(0).max(100).default(0),
  /** R13 */
  stepUpFreshMinutes: z.int().min(1).default(10),
  // Not for `extract`: whoever reads a mailbox should not be able to carry a portal's records away.
  mailCodeEnoughFor: z.array(z.enum(scopes)).default(['put_back', 'crm']),
  /** S7: how long a new authenticator proves no more than the mailbox that let it in. */
  newFactorCoolOffHours: z.int().min(0).default(72),
  /** R15: this many deleted rows in an hour alarm, or so many times what the portal usually deletes around that hour, whichever is more. */
  massDeletionFloorRows: z.int().min(1).default(200),
  massDeletionTimesUsual: z.number().min(1).default(5),
  ownerReminderHours: z.array(z.int().min(1)).length(2).default([24, 48]),
  ownerExpiryHours: z.int().min(1).default(72),
  upgradeExpiryHours: z.int().min(1).default(168),
  /** S80: first a louder call, then a no; never a yes by silence. */
  approvalEscalationHours: z.int().min(1).default(8),
  approvalDenialHours: z.int().min(1).default(48),
  consentValidHours: z.int().min(1).default(168),
  undoWindowHours: z.int().min(1).default(72),
  /** S56: what an open complaint adds to the undo window. */
  complaintExtensionHours: z.int().min(1).default(72),
  /** R6: how long what a restore wiped is kept as files, when the undo window is over sooner; beyond the other two numbers rows are told as left out. */
  carryOverDays: z.int().min(1).max(365).default(7),
  carryOverMaximumRows: z.int().min(1).default(1_000_000),
  carryOverMaximumMegabytes: z.int().min(1).default(2_000),
  /** R3: how long an extract can be downloaded. */
  extractDays: z.int().min(1).max(365).default(7),
  /** A younger transfer of ownership is flagged to the approver (S6). */
  freshTransferFlagHours: z.int().min(0).default(72),
  /** S38: a preview that is not done by then tells of its largest tables by a sample, and is marked so. A restore itself is always exact. */
  previewTimeLimitSeconds: z.int().min(1).default(120),
  /** Writers of the portal may wait this long in an in-place restore; above it a window or a swap. */
  writePauseLimitMs: z.int().min(1).default(2000),
  /** The shortest window that an owner may choose. */
  windowMinimumMinutes: z.int().min(1).default(15),
})
export type Policy = z.infer<typeof policySchema>

export const defaultPolicy: Policy = policySchema.parse({})

/** A policy with the number it was saved under. */
export const versionedPolicySchema = policySchema.extend({ version: z.int().min(1) })
export type VersionedPolicy = z.infer<typeof versionedPolicySchema>
