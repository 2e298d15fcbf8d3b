import type { PortalRef } from '../../port.ts'
import { ask } from './ask.ts'
import { foundRemote } from './call-remote.ts'
import { readOffers } from './offers.ts'
import { RemoteProblem } from './problem.ts'
import { momentsAnswer } from './protocol.ts'
import type { FindRemote } from './remote.ts'
import { replayWindowSeconds } from './signature.ts'
import { queryOf } from './snapshots.ts'

type Range = { from: string; to: string }

/**
 * The instants that the remote can make a snapshot of. Null where it does not know of such a thing, or has none of this portal just now. A range that cannot be is
 * refused: it would be offered to people (S119).
 */
export function momentsWith(find: FindRemote) {
  return async (portal: PortalRef, signal?: AbortSignal): Promise<Range | null> => {
    const remote = foundRemote(find)
    const { can } = await readOffers(remote, signal)
    if (!can.has('moments')) return null
    const path = `/portals/${portal.id}/moments?${queryOf(portal)}`
    const { value } = await ask(remote, { method: 'GET', path }, momentsAnswer, signal)
    return value.moments && mustBePast(value.moments, new Date())
  }
}

/** The clocks of the two may differ as far as they may for a signature; what is told of beyond now is cut off there. */
function mustBePast({ from, to }: Range, now: Date): Range {
  const [begin, end] = [new Date(from), new Date(to)]
  if (begin > end) throw new RemoteProblem(`it offers moments from ${from} to ${to}, which is before`)
  if (end.getTime() > now.getTime() + replayWindowSeconds * 1000)
    throw new RemoteProblem(`it offers moments to ${to}, which is yet to come`)
  const cut = (at: Date) => new Date(Math.min(at.getTime(), now.getTime())).toISOString()
  return { from: cut(begin), to: cut(end) }
}
