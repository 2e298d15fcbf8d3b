import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { asc, desc, eq } from 'drizzle-orm'
import { z } from 'zod'
import type { Tx } from '#db/client.ts'
import { logEntries } from '#db/schema/index.ts'
import { loggedActorSchema } from '#lib/domain/actor.ts'
import { ticketEventSchema } from '#lib/domain/events.ts'
import { type StampedEvent, ticketStates } from '#lib/domain/machine-context.ts'
import { verdictSchema } from '#lib/domain/policy/verdict.ts'
import { refusalSchema } from '#lib/domain/refusal.ts'
import { replay, type TicketLife } from '#lib/domain/ticket-life.ts'

/** One line of a ticket's record. `refusal` is set where a rule said no: then nothing changed and the version stands still. */
export const logEntrySchema = z.object({
  ticketId: z.uuid(),
  seq: z.int().min(1),
  version: z.int().min(0),
  portalId: z.uuid(),
  at: z.union([z.date().transform((at) => at.toISOString()), z.iso.datetime({ offset: true })]),
  actor: loggedActorSchema,
  event: ticketEventSchema,
  stateBefore: z.enum(ticketStates).nullable(),
  stateAfter: z.enum(ticketStates),
  verdicts: z.array(verdictSchema),
  refusal: refusalSchema.nullable(),
  previousHash: z.string(),
  hash: z.string(),
})
export type LogEntry = z.output<typeof logEntrySchema>
type NewEntry = Omit<LogEntry, 'seq' | 'previousHash' | 'hash'>

/** What the first entry's hash is chained to. */
const chainStart = '0'.repeat(64)

/** Writes the next entry of a ticket whose row is locked. Its hash covers the one before it (I6). */
export async function appendEntry(tx: Tx, entry: NewEntry): Promise<LogEntry> {
  const [last] = await tx
    .select({ seq: logEntries.seq, hash: logEntries.hash })
    .from(logEntries)
    .where(eq(logEntries.ticketId, entry.ticketId))
    .orderBy(desc(logEntries.seq))
    .limit(1)
  const linked = { ...entry, seq: (last?.seq ?? 0) + 1, previousHash: last?.hash ?? chainStart }
  const full = { ...linked, hash: hashOf(linked) }
  await tx.insert(logEntries).values({ ...full, at: new Date(full.at) })
  return full
}

/** SHA-256 over the canonical JSON (RFC 8785) of all of the entry but its own hash. */
function hashOf({ hash: _, ...content }: Omit<LogEntry, 'hash'> & { hash?: string }): string {
  const text = canonicalize(content)
  if (text === undefined) throw new Error('a log entry has no canonical form')
  return createHash('sha256').update(text).digest('hex')
}

export async function readLog(tx: Tx, ticketId: string): Promise<LogEntry[]> {
  const rows = await tx.select().from(logEntries).where(eq(logEntries.ticketId, ticketId)).orderBy(asc(logEntries.seq))
  return z.array(logEntrySchema).parse(rows)
}

/** The first entry that does not fit, or null when the chain holds: numbers without a gap, each hash right and covering the one before. */
export function verifyChain(entries: readonly LogEntry[]): { seq: number; problem: 'gap' | 'link' | 'content' } | null {
  let previousHash = chainStart
  for (const [index, entry] of entries.entries()) {
    if (entry.seq !== index + 1) return { seq: index + 1, problem: 'gap' }
    if (entry.previousHash !== previousHash) return { seq: entry.seq, problem: 'link' }
    if (hashOf(entry) !== entry.hash) return { seq: entry.seq, problem: 'content' }
    previousHash = entry.hash
  }
  return null
}

/** I11: what the log says the ticket is. Entries that record a refusal changed nothing. */
export function replayLog(entries: readonly LogEntry[]): TicketLife {
  return replay(entries.filter(({ refusal }) => refusal === null).map(stampedOf))
}

function stampedOf({ event, actor, at }: LogEntry): StampedEvent {
  return { ...event, by: actor, at }
}
