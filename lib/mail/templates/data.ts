import { z } from 'zod'

const instant = z.iso.datetime({ offset: true })
const words = z.string().max(10_000)
const ticket = { number: z.int().positive(), portalName: z.string() }
const deletion = {
  portalName: z.string(),
  from: instant,
  until: instant,
  deleted: z.int().min(0),
  /** What people call the table that most went from. */
  mostly: z.object({ en: z.string(), pl: z.string() }).nullable(),
}
/** `estimated`: they were estimated from a sample (S38), within these bounds. Absent: counted, and in mails of an older version. */
const counts = {
  comesBack: z.int().min(0),
  wiped: z.int().min(0),
  estimated: z
    .object({ comesBackAtLeast: z.int().min(0), comesBackAtMost: z.int().min(0), wipedAtMost: z.int().min(0) })
    .optional(),
}

/** The portal's own files, where the restore takes them back: how many come back, go, and change. Absent where it does not, and in mails of an older version. */
const portalFiles = z.object({ back: z.int().min(0), lost: z.int().min(0), changed: z.int().min(0) }).optional()

/** How many outbound actions came back paused (S69). Absent in mails of an older version. */
const paused = z.int().min(0).optional()

/**
 * What each mail needs to be written. Instants are ISO with offset; they are shown in the reader's own time zone.
 * `sealed` holds a secret (a link, a code) under AUTH_SECRET, so that the outbox never keeps one in clear.
 */
const templateData = {
  // signing in
  sign_in_link: z.object({ sealed: z.string(), expiresAt: instant }),
  step_up_code: z.object({ sealed: z.string(), expiresAt: instant }),
  second_step_enrolled: z.object({ at: instant }),
  owner_second_step_enrolled: z.object({ portalName: z.string(), at: instant }),
  // the owner
  owner_asked: z.object({ ...ticket, deadline: instant.nullable() }),
  owner_reminder: z.object({ ...ticket, deadline: instant.nullable() }),
  owner_asked_again: z.object({ ...ticket, deadline: instant.nullable() }),
  owner_changed: z.object(ticket),
  consent_receipt: z.object({ ...ticket, ...counts, portalFiles, givenAt: instant }),
  not_me_reported: z.object(ticket),
  // the plan
  plan_needed: z.object({ ...ticket, deadline: instant.nullable() }),
  plan_paid: z.object(ticket),
  // the desk
  approval_asked: z.object({ ...ticket, deadline: instant.nullable() }),
  approval_escalated: z.object({ ...ticket, deadline: instant.nullable() }),
  approved: z.object({ ...ticket, startsAt: instant.nullable() }),
  rejected: z.object({ ...ticket, reason: words }),
  reply_posted: z.object(ticket),
  hold_ending: z.object({ ...ticket, endsAt: instant.nullable() }),
  // the run; to everybody of the portal, who may know nothing of a ticket
  restore_begins: z.object({
    portalName: z.string(),
    startsAt: instant.nullable(),
    pauseMs: z.int().min(0).nullable(),
    /** The portal's own files go back too. */
    withFiles: z.boolean().optional(),
  }),
  restored: z.object({ ...ticket, ...counts, portalFiles, undoUntil: instant.nullable(), files: z.boolean().optional(), paused }),
  files_ready: z.object({ ...ticket, until: instant.nullable() }),
  /** `unproved`: whether it was carried out is not certain. Absent in mails of an older version. */
  restore_failed: z.object({ ...ticket, reason: words, unproved: z.boolean().optional() }),
  undone: z.object({ ...ticket, portalFiles, files: z.boolean().optional(), paused }),
  undo_failed: z.object({ ...ticket, reason: words, unproved: z.boolean().optional() }),
  // S69: what came back paused
  paused_released: z.object({ ...ticket, released: z.int().min(0), left: z.int().min(0) }),
  release_failed: z.object({ ...ticket, unproved: z.boolean() }),
  // the end
  cancelled: z.object(ticket),
  expired: z.object(ticket),
  closed: z.object(ticket),
  // R15: to the owner, and to the desk; about no ticket yet
  mass_deletion: z.object({ ...deletion, externalId: z.string(), alertId: z.uuid() }),
  mass_deletion_at: z.object(deletion),
  // to the desk, about no ticket
  capture_missed: z.object({ portalName: z.string(), lastCaptureAt: instant.nullable() }),
  break_glass: z.object({ portalName: z.string(), reason: words }),
} as const

export type TemplateName = keyof typeof templateData
export type TemplateData<T extends TemplateName> = z.infer<(typeof templateData)[T]>

/** The same, so typed that a template's name and its data stay together. */
export const schemaOf: { [T in TemplateName]: z.ZodType<TemplateData<T>> } = templateData

export const isTemplateName = (name: string): name is TemplateName => Object.hasOwn(templateData, name)
