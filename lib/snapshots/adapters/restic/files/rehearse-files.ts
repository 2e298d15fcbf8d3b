import type { AdapterRefusal, Call, RestoreRequest } from '../../../port.ts'
import { bringFiles } from './bring-files.ts'
import { beginMove, removeMove } from './move-intent.ts'
import type { MovingFiles } from './restore-files.ts'
import { asNoRoom, findNoRoom } from './room.ts'

/** The tree made and proved beside the portal's, and taken away again: whatever would stop a restore stops it here. */
export async function rehearseFiles(moving: MovingFiles, request: RestoreRequest, call: Call): Promise<AdapterRefusal | null> {
  const noRoom = await findNoRoom(moving)
  if (noRoom) return noRoom
  try {
    await bringAndRemove(moving, request, call)
    return null
  } catch (error) {
    const ranOut = await asNoRoom(moving, error)
    if (ranOut) return ranOut
    throw error
  }
}

async function bringAndRemove(moving: MovingFiles, { portal, journalDirectory }: RestoreRequest, call: Call): Promise<void> {
  const { root, neededBytes, name } = moving
  const intent = await beginMove({ portalId: portal.id, root, journalDirectory, name })
  try {
    await call.observe('files.bring', { bytes: neededBytes })
    await bringFiles(moving, intent.newTree, call.signal)
    await call.observe('files.brought')
  } finally {
    await removeMove(intent)
  }
}
