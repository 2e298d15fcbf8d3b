import { desc } from 'drizzle-orm'
import type { Db } from '#db/client.ts'
import { policyVersions } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { policySchema } from '#lib/domain/policy/policy.ts'

/** R2: the retention of the policy in force, in days of 24 hours. */
export async function readRetentionDays(db: Db): Promise<number> {
  const [newest] = await scoped(db, 'system', (tx) =>
    tx.select({ policy: policyVersions.policy }).from(policyVersions).orderBy(desc(policyVersions.version)).limit(1),
  )
  return policySchema.parse(newest?.policy ?? {}).retentionDays
}
