import { eq, inArray } from 'drizzle-orm'
import type { Db, Tx } from '#db/client.ts'
import { billingAccounts, datastores, ownerships, policyVersions, portalPeople, portals, users } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { type DemoPerson, type DemoPortal, demoPortals } from '#db/seed/portals/portals.ts'
import { defaultPolicy } from '#lib/domain/policy/policy.ts'
import { sealTotpSecret } from '#lib/identity/totp.ts'
import { protectedData } from './protected-data.ts'
import { demoId, demoPortalLogin, demoTotpSecret } from './secrets.ts'
import { staff } from './staff.ts'
import { tableWords } from './table-words.ts'

type Demo = { db: Db; authSecret: string; now: Date; adminUrl: string; systemIdentifier: string }
type NewUser = {
  email: string
  name: string
  locale: 'en' | 'pl'
  timeZone: string
  deskRoles?: (typeof users.$inferInsert)['deskRoles']
}

const daysMs = 86_400_000

/** The vendor's people and the customers' have been here, with their authenticators, for far longer than any cool-off (S7). */
const joinedDaysAgo = { desk: 700, portal: 400 }

export function enrolledAt(now: Date, of: keyof typeof joinedDaysAgo): Date {
  return ago(now, joinedDaysAgo[of])
}

/** Everybody who can sign in, the vendor's customers and who owns them; nothing of their data. */
export async function seedPeople(demo: Demo): Promise<{ people: number; portals: number }> {
  return scoped(demo.db, 'system', async (tx) => {
    for (const one of staff) await addUser(tx, demo, one, 'desk')
    await keepPolicy(tx, demo)
    const [datastore] = await tx
      .insert(datastores)
      .values({ id: demoId('datastore'), name: 'demo-1', adminUrl: demo.adminUrl, systemIdentifier: demo.systemIdentifier })
      .returning()
    if (!datastore) throw new Error('the datastore was not inserted')
    let people = staff.length
    for (const portal of demoPortals) people += await addPortal(tx, demo, portal, datastore.id)
    return { people, portals: demoPortals.length }
  })
}

/** The address by which a person of a portal signs in. */
export function addressOf(portal: DemoPortal, person: DemoPerson): string {
  return `${person.mailbox}@${portal.domain}`
}

/** What is suspended today was not while its past tickets ran; so this comes last. */
export async function suspendPortals(db: Db): Promise<void> {
  const suspended = demoPortals.filter((portal) => portal.status === 'suspended').map((portal) => portal.externalId)
  await scoped(db, 'system', (tx) =>
    tx.update(portals).set({ status: 'suspended' }).where(inArray(portals.externalId, suspended)),
  )
}

async function keepPolicy(tx: Tx, { now }: Demo): Promise<void> {
  const [known] = await tx.select({ version: policyVersions.version }).from(policyVersions).where(eq(policyVersions.version, 1))
  if (known) return
  await tx.insert(policyVersions).values({
    version: 1,
    policy: defaultPolicy,
    note: 'The published rules',
    createdBy: demoId('greta@halyard.example'),
    createdAt: ago(now, 690),
  })
}

async function addPortal(tx: Tx, demo: Demo, portal: DemoPortal, datastoreId: string): Promise<number> {
  const portalId = demoId(portal.externalId)
  const cloud = portal.edition === 'cloud'
  await tx.insert(portals).values({
    id: portalId,
    externalId: portal.externalId,
    name: portal.name,
    edition: portal.edition,
    plan: portal.plan,
    locale: portal.locale,
    timeZone: portal.timeZone,
    userCount: portal.users,
    datastoreId: cloud ? datastoreId : null,
    databaseName: cloud ? demoPortalLogin(demo.authSecret, portal.externalId).databaseName : null,
    crmSchemas: cloud ? ['crm'] : [],
    tableWords: cloud ? tableWords : [],
    ...(cloud ? { protectedData } : {}),
    quietHour: portal.quietHour,
    createdAt: customerSince(demo.now, portal),
  })
  await tx
    .insert(billingAccounts)
    .values({ portalId, provider: 'demo', plan: portal.plan, paid: portal.paid, asOf: customerSince(demo.now, portal) })
  const accounts = portal.people.filter((person) => person.account)
  for (const person of accounts) await addPerson(tx, demo, portal, person)
  return accounts.length
}

async function addPerson(tx: Tx, demo: Demo, portal: DemoPortal, person: DemoPerson): Promise<void> {
  const portalId = demoId(portal.externalId)
  const email = addressOf(portal, person)
  await addUser(
    tx,
    demo,
    { email, name: person.name, locale: person.locale ?? portal.locale, timeZone: person.timeZone ?? portal.timeZone },
    'portal',
  )
  const userId = demoId(email)
  const former = portal.people.find((one) => one.ownedUntilDaysAgo !== undefined)?.ownedUntilDaysAgo
  if (person.ownedUntilDaysAgo !== undefined) {
    await tx
      .insert(ownerships)
      .values({ portalId, userId, fromAt: customerSince(demo.now, portal), toAt: ago(demo.now, person.ownedUntilDaysAgo) })
  }
  if (person.role === 'owner') {
    const fromAt = former === undefined ? customerSince(demo.now, portal) : ago(demo.now, former)
    await tx.insert(ownerships).values({
      portalId,
      userId,
      fromAt,
      evidence: former === undefined ? null : 'Odpis z KRS i zgoda poprzedniego właściciela',
    })
    return
  }
  await tx.insert(portalPeople).values({
    portalId,
    userId,
    relation: person.role === 'admin' ? 'admin' : 'member',
    createdAt: customerSince(demo.now, portal),
  })
}

async function addUser(tx: Tx, { authSecret, now }: Demo, user: NewUser, of: keyof typeof joinedDaysAgo): Promise<void> {
  const joined = enrolledAt(now, of)
  await tx.insert(users).values({
    id: demoId(user.email),
    name: user.name,
    email: user.email,
    emailVerified: joined,
    locale: user.locale,
    timeZone: user.timeZone,
    deskRoles: user.deskRoles ?? [],
    totpSecret: sealTotpSecret(authSecret, demoTotpSecret(authSecret, user.email)),
    totpConfirmedAt: joined,
    createdAt: joined,
  })
}

/** Working days, turned into the days of a calendar. */
function customerSince(now: Date, portal: DemoPortal): Date {
  return ago(now, Math.ceil(Math.max(portal.workingDays, 300) * 1.4) + 7)
}

function ago(now: Date, days: number): Date {
  return new Date(now.getTime() - days * daysMs)
}
