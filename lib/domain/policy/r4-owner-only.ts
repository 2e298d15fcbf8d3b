import type { VersionedPolicy } from './policy.ts'
import { decide, deny, type Verdict } from './verdict.ts'

/** R4: only the portal's current owner consents, withdraws and undoes; whoever owned it before, or works for it, does not. */
export function r4OwnerOnly(input: { personId: string | null; ownerId: string | null }, policy: VersionedPolicy): Verdict {
  if (input.ownerId === null) return deny('no_owner', 'R4', policy)
  return decide(input.personId === input.ownerId, 'not_owner', 'R4', policy, { ownerId: input.ownerId })
}

/** The owner types the portal's name as it is today; case, spaces at the ends and Unicode's two spellings of a letter do not matter. */
export function typedName(input: { typed: string; portalName: string }, policy: VersionedPolicy): Verdict {
  return decide(same(input.typed) === same(input.portalName), 'typed_name_differs', 'R4', policy, {
    portalName: input.portalName,
  })
}

function same(name: string): string {
  return name.normalize('NFC').trim().replace(/\s+/gu, ' ').toLocaleLowerCase('en')
}
