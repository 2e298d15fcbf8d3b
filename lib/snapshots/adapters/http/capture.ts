import type { Call, Captured, CaptureRequest, Outcome, SnapshotRef } from '../../port.ts'
import { asOutcome, foundRemote, resultOf, runSteered } from './call-remote.ts'
import { noteOffers } from './offers.ts'
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
      // The safety copy comes before the files that are read from it.
      await noteOffers(remote, call.signal)
      const { started, ended } = await runSteered(remote, `/portals/${portal.id}/snapshots`, body, call)
      const captured = resultOf(ended, results.capture)
      if (captured.snapshot.id !== request.snapshotId) {
        throw new RemoteProblem(`asked for snapshot ${request.snapshotId}, it tells of ${captured.snapshot.id}`)
      }
      return { ok: true, ...captured, baseline: started.fresh ? sealOf(captured.manifest) : null }
    })
}

const named = ({ id, databaseName }: SnapshotRef) => ({ id, databaseName })
