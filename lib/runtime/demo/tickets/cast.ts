import { type DemoPortal, demoPortals } from '#db/seed/portals/portals.ts'
import type { Person } from '#lib/domain/actor.ts'
import { demoId } from '../secrets.ts'
import { addressOf, enrolledAt } from '../seed-people.ts'
import { staff } from '../staff.ts'

/** The people of one ticket as actors. */
export type Cast = {
  owner: Person
  requester: Person
  desk: (key: string) => Person
  /** The same person, who entered a code of their authenticator a moment before `at`. */
  proved: (person: Person, at: Date) => Person
}

export function castOf(ticket: { portal: string; requester: string }, now: Date): Cast {
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
    proved: (person, at) => {
      const since = enrolledAt(now, person.deskRoles.length > 0 ? 'desk' : 'portal')
      const entered = new Date(at.getTime() - 40_000)
      return { ...person, stepUp: { method: 'totp', at: entered.toISOString(), enrolledAt: since.toISOString() } }
    },
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
