import type { VersionedPolicy } from './policy.ts'
import { decide, type Verdict } from './verdict.ts'

/** R5: a restore is for everybody of the portal; what was asked for one person alone is refused. */
export function r5AllUsers(input: { onlyForPerson: string | null }, policy: VersionedPolicy): Verdict {
  const facts = input.onlyForPerson === null ? {} : { person: input.onlyForPerson }
  return decide(input.onlyForPerson === null, 'single_person_restore', 'R5', policy, facts)
}
