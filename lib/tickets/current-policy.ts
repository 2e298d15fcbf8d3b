import { desc } from 'drizzle-orm'
import type { Tx } from '#db/client.ts'
import { policyVersions } from '#db/schema/index.ts'
import { defaultPolicy, policySchema, type VersionedPolicy } from '#lib/domain/policy/policy.ts'

/** The newest version of the policy: what new tickets are opened under. A desk that never saved one has the defaults as version 1. */
export async function currentPolicy(tx: Tx): Promise<VersionedPolicy> {
  const [newest] = await tx.select().from(policyVersions).orderBy(desc(policyVersions.version)).limit(1)
  return newest ? { ...policySchema.parse(newest.policy), version: newest.version } : { ...defaultPolicy, version: 1 }
}
