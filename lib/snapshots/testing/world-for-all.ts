import { afterAll, beforeAll } from 'vitest'
import { cloneDatabase, serverUrl, type TestDatabase } from '#db/testing/databases.ts'
import { makePortalWorld, type PortalWorld } from './portal-world.ts'

/** A desk and a portal that it knows, for all tests of a file. */
export function worldForAll(): { readonly desk: TestDatabase; readonly world: PortalWorld } {
  let made: { desk: TestDatabase; world: PortalWorld } | undefined
  beforeAll(async () => {
    const desk = await cloneDatabase()
    made = { desk, world: await makePortalWorld(desk.db, serverUrl()) }
  })
  afterAll(async () => {
    await made?.world.drop()
    await made?.desk.drop()
  })
  const there = () => {
    if (!made) throw new Error('the world is made before the first test, not before that')
    return made
  }
  return {
    get desk() {
      return there().desk
    },
    get world() {
      return there().world
    },
  }
}
