import { z } from 'zod'

/** Ways to prove a second time that one is oneself (R13). A code by mail is the fallback that approvers see flagged. */
export const stepUpMethods = ['passkey', 'totp', 'mail_code'] as const
export type StepUpMethod = (typeof stepUpMethods)[number]

export const locales = ['en', 'pl'] as const
export type Locale = (typeof locales)[number]

export const deskRoles = ['agent', 'approver', 'admin'] as const
export type DeskRole = (typeof deskRoles)[number]

/** The parts of the system that send events by themselves. `operator` is a person with a shell on the server. */
export const systemParts = ['timer', 'worker', 'billing', 'checks', 'directory', 'operator'] as const
export type SystemPart = (typeof systemParts)[number]

const stepUp = z.object({
  method: z.enum(stepUpMethods),
  at: z.iso.datetime({ offset: true }),
  /** Since when this person has that authenticator: one that came yesterday may be a thief's (S7). */
  enrolledAt: z.iso.datetime({ offset: true }).optional(),
})
export type StepUp = z.infer<typeof stepUp>

const person = z.object({
  kind: z.literal('person'),
  userId: z.uuid(),
  name: z.string(),
  locale: z.enum(locales),
  timeZone: z.string(),
  deskRoles: z.array(z.enum(deskRoles)),
  /** The session's last second step, `at` as an ISO instant. */
  stepUp: stepUp.nullable(),
})
const system = z.object({ kind: z.literal('system'), part: z.enum(systemParts), name: z.string().optional() })

/** Who acts. What they are to a portal or ticket (owner, requester, assignee …) is looked up inside the door, never carried here. */
export const actorSchema = z.discriminatedUnion('kind', [person, system])
export type Actor = z.infer<typeof actorSchema>
export type Person = z.infer<typeof person>
export type SystemActor = z.infer<typeof system>

/** The actor as the log keeps it: ids and proofs, no names, so that the chain still verifies when a person is erased. */
export const loggedActorSchema = z.discriminatedUnion('kind', [
  person.pick({ kind: true, userId: true, deskRoles: true, stepUp: true }),
  system,
])
export type LoggedActor = z.infer<typeof loggedActorSchema>

/** What of an actor is written down. */
export function loggedActor(actor: Actor): LoggedActor {
  if (actor.kind === 'system') return actor
  return { kind: 'person', userId: actor.userId, deskRoles: actor.deskRoles, stepUp: actor.stepUp }
}

/** The key under which row-level security and idempotency know an actor: a person's id, or `system`. */
export function actorKey(actor: Pick<Person, 'kind' | 'userId'> | SystemActor): string {
  return actor.kind === 'person' ? actor.userId : 'system'
}

export const systemActor = (part: SystemPart, name?: string): SystemActor => ({
  kind: 'system',
  part,
  ...(name === undefined ? {} : { name }),
})
