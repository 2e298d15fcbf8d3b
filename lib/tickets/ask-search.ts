import { and, desc, eq, inArray, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db, Tx } from '#db/client.ts'
import { portals, searches } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { actorKey, type Person } from '#lib/domain/actor.ts'
import { isPermitted } from '#lib/domain/permissions.ts'
import type { WholeScope } from '#lib/domain/policy/policy.ts'
import { portalStatus } from '#lib/domain/policy/portal-status.ts'
import { r8SelfHosted } from '#lib/domain/policy/r8-self-hosted.ts'
import { firstRefusal } from '#lib/domain/policy/verdict.ts'
import { type Answer, no, refuse } from '#lib/domain/refusal.ts'
import { take } from '#lib/identity/rate-limit.ts'
import { currentPolicy } from './current-policy.ts'
import { portalFacts } from './facts.ts'
import { portalAbilities } from './portal-scopes.ts'
import { searchScope } from './search-scope.ts'
import { standingOf } from './standing.ts'

export const wordsAtMost = 200
const inputSchema = z.object({ portalId: z.uuid(), words: z.string().trim().min(1).max(wordsAtMost) })

/** The same words asked again at once are the same search; a little later the portal may have changed. */
const freshSeconds = 15
/** Each reads the portal and all its points once. */
const perPerson = { times: 30, windowSeconds: 600 }

/**
 * Has the portal and its restore points searched for somebody of the portal; changes nothing there. The owner and the portal's
 * administrators look everywhere, everybody else in the CRM; the desk looks nowhere (S84).
 */
export async function askSearch(
  db: Db,
  actor: Person,
  input: z.input<typeof inputSchema>,
): Promise<Answer<{ searchId: string }>> {
  const parsed = inputSchema.safeParse(input)
  if (!parsed.success) return no(refuse('invalid_input', { fields: parsed.error.issues.map(({ path }) => path.join('.')) }))
  const { portalId, words } = parsed.data
  const taken = await take(db, [{ bucket: `search:${actor.userId}`, ...perPerson }])
  if (!taken.ok) return no(refuse('too_often', { retryAfterSeconds: taken.retryAfterSeconds }))
  const abilities = await portalAbilities(db, portalId)
  return scoped(db, actorKey(actor), async (tx) => {
    // A double click is one search: those who ask for one portal come one after the other.
    const [locked] = await tx.select({ id: portals.id }).from(portals).where(eq(portals.id, portalId)).for('no key update')
    const portal = locked ? await portalFacts(tx, portalId) : null
    if (portal === null) return no(refuse('not_found'))
    const parties = await standingOf(tx, actor, portalId, null)
    if (!isPermitted('OPEN_TICKET', parties)) return no(refuse('not_allowed', { event: 'OPEN_TICKET' }))
    const policy = await currentPolicy(tx)
    const refusal = firstRefusal([r8SelfHosted(portal, policy), portalStatus(portal, policy)])
    if (refusal !== null) return no(refusal)
    if (!abilities.search) return no(refuse('search_not_offered'))
    const scope = await searchScope(tx, actor, { portalId, parties, policy })
    const asked = { portalId, requestedBy: actor.userId, words, scope }
    return { ok: true, searchId: (await freshSearch(tx, asked)) ?? (await newSearch(tx, asked)) }
  })
}

type Wanted = { portalId: string; requestedBy: string; words: string; scope: WholeScope }

async function freshSearch(tx: Tx, { portalId, requestedBy, words, scope }: Wanted): Promise<string | null> {
  const [row] = await tx
    .select({ id: searches.id })
    .from(searches)
    .where(
      and(
        eq(searches.portalId, portalId),
        eq(searches.requestedBy, requestedBy),
        eq(searches.words, words),
        eq(searches.scope, scope),
        inArray(searches.state, ['searching', 'ready']),
        sql`${searches.createdAt} > clock_timestamp() - make_interval(secs => ${freshSeconds})`,
      ),
    )
    .orderBy(desc(searches.createdAt))
    .limit(1)
  return row?.id ?? null
}

async function newSearch(tx: Tx, wanted: Wanted): Promise<string> {
  const [row] = await tx.insert(searches).values(wanted).returning({ id: searches.id })
  if (!row) throw new Error('an inserted search did not come back')
  const payload = JSON.stringify({ searchId: row.id })
  await tx.execute(sql`select enqueue_job('searchRecords', ${payload}::json, null::timestamptz, ${`search:${row.id}`})`)
  return row.id
}
