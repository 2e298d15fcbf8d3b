import type { DeskRole, Locale } from '#lib/domain/actor.ts'

export type Staff = { key: string; name: string; email: string; deskRoles: DeskRole[]; locale: Locale; timeZone: string }

const domain = 'halyard.example'

/** People of the demo's vendor, Halyard, whose desk this is: agents, approvers, one who is both (the rules keep the parts of one ticket apart, S79), and an admin. */
export const staff: Staff[] = [
  person('nadia', 'Nadia Rahman', ['agent'], 'en', 'Europe/London'),
  person('tomasz', 'Tomasz Bielak', ['agent'], 'pl', 'Europe/Warsaw'),
  person('erin', 'Erin Walsh', ['agent', 'approver'], 'en', 'Europe/Dublin'),
  person('marta', 'Marta Olszańska', ['approver'], 'pl', 'Europe/Warsaw'),
  person('viktor', 'Viktor Hale', ['approver'], 'en', 'Europe/London'),
  person('chidi', 'Chidi Obi', ['approver'], 'en', 'Europe/Lisbon'),
  person('greta', 'Greta Lindholm', ['admin'], 'en', 'Europe/Stockholm'),
]

function person(key: string, name: string, deskRoles: DeskRole[], locale: Locale, timeZone: string): Staff {
  return { key, name, email: `${key}@${domain}`, deskRoles, locale, timeZone }
}
