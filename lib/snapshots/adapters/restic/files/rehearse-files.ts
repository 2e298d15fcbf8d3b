import type { AdapterRefusal, Call, RestoreRequest } from '../../../port.ts'
import { bringFiles, findNoRoom } from './bring-files.ts'
import { beginMove, removeMove } from './move-intent.ts'
import type { MovingFiles } from './restore-files.ts'

/** The tree made and proved beside the portal's, and taken away again: whatever would stop a restore stops it here. */
export async function rehearseFiles(
  moving: MovingFiles,
  { portal, journalDirectory }: RestoreRequest,
  call: Call,
): Promise<AdapterRefusal | null> {
  const { root, neededBytes, name } = moving
  const noRoom = await findNoRoom(root, neededBytes)
  if (noRoom) return noRoom
  const intent = await beginMove({ portalId: portal.id, root, journalDirectory, name })
  try {
    await call.observe('files.bring', { bytes: neededBytes })
    await bringFiles(moving, intent.newTree, call.signal)
    await call.observe('files.brought')
  } finally {
    await removeMove(intent)
  }
  return null
}
