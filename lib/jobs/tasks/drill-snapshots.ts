import { join } from 'node:path'
import { drillSnapshots } from '#lib/snapshots/drill-snapshots.ts'
import { payloads } from '../payloads.ts'
import { task } from '../task.ts'

export const drillSnapshotsTask = task(payloads.drillSnapshots, ({ db, workerId, dataDir }, _, { signal, observe }) =>
  drillSnapshots(db, { workerId, signal, observe, scratchDirectory: join(dataDir, 'drills') }),
)
