import { type DemoPortal, demoPortals } from '#db/seed/portals/portals.ts'
import type { Person } from '#lib/domain/actor.ts'
import { demoId } from '../secrets.ts'
import { addressOf } from '../seed-people.ts'
import { staff } from '../staff.ts'

/** The people of one ticket as actors: whoever acts has taken the second step a moment before. */
export type Cast = { owner: Person; requester: Person; desk: (key: string) => Person }

export function castOf(ticket: { portal: string; requester: string }): Cast {
  const portal = demoPortal(ticket.portal)
  const inPortal = (found: (person: DemoPortal['people'][number]) => boolean): Person => {
    const person = portal.people.find(found)
    if (!person) throw new Error(`${portal.externalId} has no such person`)
    const { name } = person
    return actor(addressOf(portal, person), {
      name,
      locale: person.locale ?? portal.locale,
      timeZone: person.timeZone ?? portal.timeZone,
      deskRoles: [],
    })
  }
  return {
    owner: inPortal((person) => person.role === 'owner'),
    requester: inPortal((person) => person.mailbox === ticket.requester),
    desk: deskPerson,
  }
}

/** The person that `owner`, `requester` or a key of the vendor's staff stands for. */
export function speaker(cast: Cast, by: string): Person {
  if (by === 'owner') return cast.owner
  return by === 'requester' ? cast.requester : cast.desk(by)
}

export function demoPortal(externalId: string): DemoPortal {
  const portal = demoPortals.find((one) => one.externalId === externalId)
  if (!portal) throw new Error(`there is no demo portal ${externalId}`)
  return portal
}

/** The same person, their authenticator's code just entered at `at`. */
export function proved(person: Person, at: Date): Person {
  return { ...person, stepUp: { method: 'totp', at: new Date(at.getTime() - 40_000).toISOString() } }
}

function deskPerson(key: string): Person {
  const one = staff.find((person) => person.key === key)
  if (!one) throw new Error(`nobody at the desk is called ${key}`)
  return actor(one.email, one)
}

function actor(
  email: string,
  { name, locale, timeZone, deskRoles }: Pick<Person, 'name' | 'locale' | 'timeZone' | 'deskRoles'>,
): Person {
  return { kind: 'person', userId: demoId(email), name, locale, timeZone, deskRoles, stepUp: null }
}
