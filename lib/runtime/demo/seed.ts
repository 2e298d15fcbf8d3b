import { join } from 'node:path'
import postgres from 'postgres'
import { connect, drizzleOver } from '#db/client.ts'
import { demoPortals } from '#db/seed/portals/portals.ts'
import { drillSnapshots } from '#lib/snapshots/drill-snapshots.ts'
import { alarmed, seedAlarm } from './seed-alarm.ts'
import { seedHistory } from './seed-history.ts'
import { seedPeople, suspendPortals } from './seed-people.ts'
import { comparedAt, liveTickets } from './tickets/live.ts'
import { seedTickets } from './tickets/seed-tickets.ts'

export type SeedDemo = {
  /** A superuser of the server that is to hold the portals. */
  adminUrl: string
  /** The desk's own database, migrated and empty. */
  deskUrl: string
  /** Under which authenticator secrets are sealed, and from which the demo's passwords are derived. */
  authSecret: string
  /** Two million rows in the largest portal instead of 200,000. */
  large: boolean
  /** Where mails lead to. */
  appUrl: string
  /** The installation's own folder: journals of runs go below it. */
  dataDir: string
  say: (text: string) => void
  now?: Date
  /** Data and tickets of these portals alone, by external id: for a test. */
  portals?: string[]
}

const largeRows = 2_000_000
/** Portals are built side by side; more than two only get in each other's way on a small machine. */
const lanes = 2

/**
 * Fills an empty desk with the demo vendor: portals with real databases, seven days of restore points made by the product's own
 * capture, people and tickets. The same day gives the same demo. Not to be continued after an interruption: start from empty databases.
 */
export async function seedDemo(seed: SeedDemo): Promise<void> {
  const now = seed.now ?? new Date()
  const admin = postgres(seed.adminUrl, { max: lanes, onnotice: () => undefined })
  const client = connect(seed.deskUrl, 6)
  const db = drizzleOver(client)
  try {
    const [server] = await admin<{ id: string }[]>`select system_identifier::text as id from pg_control_system()`
    const made = await seedPeople({
      db,
      authSecret: seed.authSecret,
      now,
      adminUrl: seed.adminUrl,
      systemIdentifier: server?.id ?? '',
    })
    seed.say(`${made.people} people of ${made.portals} portals and of the vendor can sign in`)
    await inLanes(
      demoPortals.filter((portal) => portal.edition === 'cloud' && wanted(seed, portal.externalId)),
      async (portal) => {
        const rows = portal.externalId === 'acme' && seed.large ? { rows: largeRows } : {}
        const ticket = liveTickets.find((one) => one.portal === portal.externalId)
        const history = await seedHistory({
          db,
          admin,
          now,
          portal,
          adminUrl: seed.adminUrl,
          authSecret: seed.authSecret,
          ...rows,
          ...(ticket === undefined ? {} : { quietSince: comparedAt(ticket, now) }),
        })
        seed.say(`${portal.name}: ${history.rows.toLocaleString('en')} rows, ${history.snapshots} restore points`)
      },
    )
    await drillSnapshots(db, {
      workerId: 'demo-seed',
      signal: new AbortController().signal,
      observe: async () => undefined,
      scratchDirectory: join(seed.dataDir, 'drills'),
    })
    const tickets = await seedTickets({ ...seed, db, now, wanted: (externalId) => wanted(seed, externalId) })
    if (wanted(seed, alarmed)) await seedAlarm({ ...seed, db, now })
    await suspendPortals(db)
    seed.say(`${tickets.finished} finished tickets and ${tickets.live} under way`)
  } finally {
    await Promise.all([admin.end(), client.end()])
  }
}

function wanted({ portals }: Pick<SeedDemo, 'portals'>, externalId: string): boolean {
  return portals?.includes(externalId) ?? true
}

/** Each lane takes the next piece of work as soon as it is free. After a failure no new piece is begun, and what is begun is waited for. */
async function inLanes<T>(work: T[], each: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...work]
  const failures: unknown[] = []
  const lane = async () => {
    for (let item = waiting.shift(); item !== undefined && failures.length === 0; item = waiting.shift()) {
      await each(item).catch((failure: unknown) => failures.push(failure))
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  if (failures.length > 0) throw failures[0]
}
