import { isWhole, type Scope, type VersionedPolicy } from './policy.ts'
import { decide, type Verdict } from './verdict.ts'

/**
 * R5: a restore is for everybody of the portal; what was asked for one person alone is refused. Files of chosen records, and putting them back,
 * take nothing from anybody else: that is what is offered instead.
 */
export function r5AllUsers(input: { onlyForPerson: string | null; scope: Scope }, policy: VersionedPolicy): Verdict {
  const facts = input.onlyForPerson === null ? {} : { person: input.onlyForPerson }
  return decide(input.onlyForPerson === null || !isWhole(input.scope), 'single_person_restore', 'R5', policy, facts)
}
