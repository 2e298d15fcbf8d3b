import type { DeskRole, Person } from '../actor.ts'

/** Somebody who has signed in, without a second step. */
export const signedIn = (userId: string, deskRoles: DeskRole[] = []): Person => ({
  kind: 'person',
  userId,
  name: 'Pat',
  locale: 'en',
  timeZone: 'UTC',
  deskRoles,
  stepUp: null,
})
