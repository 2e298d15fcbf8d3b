import { pgTable, uuid } from 'drizzle-orm/pg-core'
import { bytes } from './columns.ts'
import { snapshots } from './snapshots.ts'

/** What an adapter keeps of a snapshot so that later comparisons are cheap: opaque, up to some megabytes, so beside the snapshot's row and not in it. */
export const snapshotBaselines = pgTable('snapshot_baselines', {
  snapshotId: uuid()
    .primaryKey()
    .references(() => snapshots.id),
  baseline: bytes().notNull(),
})
