import type { Call, Captured, CaptureRequest, Outcome, SnapshotRef } from '../../port.ts'
import { asOutcome, foundRemote, resultOf, runSteered } from './call-remote.ts'
import { noteOffers, readOffers } from './offers.ts'
import { RemoteProblem } from './problem.ts'
import { results, sentPortal } from './protocol.ts'
import type { FindRemote } from './remote.ts'
import { sealOf } from './seal.ts'

/** The remote makes the snapshot; what it says of it is sealed here, so that it cannot say otherwise later. */
export function captureWith(find: FindRemote) {
  return ({ portal, previous, ...request }: CaptureRequest, call: Call): Promise<Outcome<Captured>> =>
    asOutcome(async () => {
      const body = { ...request, portal: sentPortal(portal), previous: previous && named(previous) }
      const remote = foundRemote(find)
      if (request.at === undefined) {
        // The safety copy comes before the files that are read from it.
        await noteOffers(remote, call.signal)
      } else {
        const { name, can } = await readOffers(remote, call.signal)
        if (!can.has('moments')) throw new RemoteProblem(`${name} makes no snapshots of moments`)
      }
      const { started, ended } = await runSteered(remote, `/portals/${portal.id}/snapshots`, body, call)
      const { at, ...captured } = resultOf(ended, results.capture)
      if (captured.snapshot.id !== request.snapshotId) {
        throw new RemoteProblem(`asked for snapshot ${request.snapshotId}, it tells of ${captured.snapshot.id}`)
      }
      mustBeOf(request.at, at)
      return { ok: true, ...captured, baseline: started.fresh ? sealOf(captured.manifest) : null }
    })
}

/** One that does not know the question would answer with the portal as it is now (S119). */
function mustBeOf(asked: string | undefined, told: string | undefined): void {
  if (asked === undefined ? told === undefined : told !== undefined && Date.parse(told) === Date.parse(asked)) return
  throw new RemoteProblem(`asked for a snapshot ${instantOf(asked)}, it tells of one ${instantOf(told)}`)
}

const instantOf = (at: string | undefined) => (at === undefined ? 'as the portal is now' : `of ${at}`)

const named = ({ id, databaseName }: SnapshotRef) => ({ id, databaseName })
