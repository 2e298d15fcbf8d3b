import { changeOwner } from '#lib/tickets/change-owner.ts'
import { payloads } from '../payloads.ts'
import { task } from '../task.ts'

export const changeOwnerTask = task(payloads.changeOwner, ({ db }, { portalId }) => changeOwner(db, { portalId }))
