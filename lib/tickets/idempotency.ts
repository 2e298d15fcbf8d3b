import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { and, eq, sql } from 'drizzle-orm'
import type { z } from 'zod'
import type { Tx } from '#db/client.ts'
import { idempotencyKeys } from '#db/schema/index.ts'
import { type Actor, actorKey } from '#lib/domain/actor.ts'
import { no, type Refusal, refuse } from '#lib/domain/refusal.ts'

type Once<A> = { actor: Actor; key: string | undefined; request: unknown; schema: z.ZodType<A> }

/**
 * I7: the same key of the same actor gives the same answer once and for ever; with another request it is refused. Callers of one key
 * wait for each other, so fifty at the same time make one effect and fifty equal answers (S45). Without a key `work` just runs.
 */
export async function once<A extends object>(
  tx: Tx,
  { actor, key, request, schema }: Once<A>,
  work: () => Promise<A>,
): Promise<A | { ok: false; refusal: Refusal }> {
  if (key === undefined) return work()
  const scope = actor.kind === 'system' ? `system:${actor.part}` : actorKey(actor)
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`idempotency:${scope}:${key}`}, 0))`)
  const requestHash = createHash('sha256')
    .update(canonicalize(request) ?? '')
    .digest('hex')
  const [known] = await tx
    .select({ requestHash: idempotencyKeys.requestHash, answer: idempotencyKeys.answer })
    .from(idempotencyKeys)
    .where(and(eq(idempotencyKeys.actorKey, scope), eq(idempotencyKeys.key, key)))
  if (known) return known.requestHash === requestHash ? schema.parse(known.answer) : no(refuse('idempotency_key_reused', { key }))
  const answer = await work()
  await tx
    .insert(idempotencyKeys)
    .values({ actorKey: scope, key, requestHash, answer: Object.fromEntries(Object.entries(answer)) })
  return answer
}
