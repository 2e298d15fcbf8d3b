import type { Db } from '#db/client.ts'
import { systemActor } from '#lib/domain/actor.ts'
import { scopes } from '#lib/domain/policy/policy.ts'
import { portalStatus } from '#lib/domain/policy/portal-status.ts'
import { r2Retention } from '#lib/domain/policy/r2-retention.ts'
import { r3Scopes } from '#lib/domain/policy/r3-scopes.ts'
import { r8SelfHosted } from '#lib/domain/policy/r8-self-hosted.ts'
import { r10OneAtATime } from '#lib/domain/policy/r10-one-at-a-time.ts'
import { firstRefusal } from '#lib/domain/policy/verdict.ts'
import { portalCan } from '#lib/snapshots/portal-can.ts'
import { scopesOf } from '#lib/snapshots/selection.ts'
import { type Dispatched, dispatch } from './dispatch.ts'
import { factsOf, portalFacts, snapshotFacts } from './facts.ts'

/** The automatic checks of a new ticket, under its lock: what was true when it was asked for must still be. Safe to run twice. */
export function checkTicket(db: Db, { ticketId }: { ticketId: string }): Promise<Dispatched> {
  return dispatch(db, systemActor('checks'), {
    ticketId,
    event: {
      type: 'CHECKS_PASSED',
      request: {},
      compose: async (tx, { ticket, life, at }) => {
        const { policy, scope, snapshot } = life.context
        const portal = await portalFacts(tx, ticket.portalId)
        const kept = await snapshotFacts(tx, ticket.portalId, snapshot.id)
        if (portal === null || kept === null) throw new Error(`ticket ${ticket.number} has lost its portal or snapshot`)
        const can = await portalCan(tx, ticket.portalId)
        const { otherLiveNumber: other } = await factsOf(tx, ticket, null)
        const verdicts = [
          r8SelfHosted(portal, policy),
          portalStatus(portal, policy),
          r3Scopes({ scope, can: can === null ? scopes : scopesOf(can) }, policy),
          r2Retention(
            {
              ...kept,
              held: true,
              now: at,
            },
            policy,
          ),
          r10OneAtATime({ other }, policy),
        ]
        const refusal = firstRefusal(verdicts)
        return refusal === null ? { type: 'CHECKS_PASSED' } : { type: 'CHECKS_REFUSED', refusal }
      },
    },
  })
}
