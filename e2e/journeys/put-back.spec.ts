import type postgres from 'postgres'
import { commandLine } from '../fixtures/command-line.ts'
import { fingerprints, portalDatabase } from '../fixtures/portals.ts'
import { expect, test } from '../fixtures/world.ts'
import { askForRecords, findRecords, sendTicket } from '../pages/find-record.ts'
import { approveRestore, expectState, giveConsent, requestUndo } from '../pages/ticket.ts'

const owner = { portalName: 'Fjord Outdoor', email: 'solveig@fjordoutdoor.example' }
const lost = ['companies', 'contacts', 'deals', 'activities', 'quotes', 'quote_lines'] as const
/** A contact that comes back is not subscribed again, whatever the restore point says (S67). */
const protectedColumns = ['newsletter']

test('R3 two deleted companies come back with their contacts and deals, everything newer stays, and the undo takes out just them', async ({
  as,
}) => {
  test.setTimeout(300_000)
  // A restore point of the portal as it is now: other journeys have changed it since the last daily one. It may end sessions, so it comes first.
  commandLine('snapshot', 'capture', '--portal', 'fjord')
  const fjord = portalDatabase('fjord')
  const companies = await twoOldCompanies(fjord)
  const before = await fingerprints(fjord, 'crm', protectedColumns)
  const newer = await enterDeal(fjord, 'Signed since then')
  await deleteWithAllThatBelongs(
    fjord,
    companies.map(({ id }) => id),
  )
  const deleted = { crm: await fingerprints(fjord, 'crm', protectedColumns), intranet: await fingerprints(fjord, 'intranet') }

  const solveig = await as('Solveig Aas')
  await findRecords(solveig, 'fjord', companies[0]?.city ?? '')
  await askForRecords(
    solveig,
    companies.map(({ name }) => name),
    'Put back',
  )
  const preview = solveig.locator('#preview')
  await expect(preview.locator('[data-returning="crm.companies"]')).toContainText('2')
  await expect(preview).toContainText('Wiped or changed')
  for (const { name } of companies) await expect(preview).toContainText(name)
  await expect(preview).not.toContainText('Signed since then')
  await expect(preview.locator('[data-conflicts]')).toHaveCount(0)
  const number = await sendTicket(solveig, 'Two companies have gone')
  await solveig.goto(`/tickets/${number}/consent`)
  await expect(solveig.locator('main')).toContainText('Nothing newer is wiped or changed.')
  await giveConsent(solveig, number, owner)

  const viktor = await as('Viktor Hale')
  await viktor.goto(`/desk/approvals/${number}`)
  await expect(viktor.locator('main')).toContainText('nothing newer is wiped')
  await expect(viktor.locator('main')).toContainText('of 1 approval')
  await expect(viktor.locator('[data-returning="crm.deals"]')).toBeVisible()
  await approveRestore(viktor, number, 'viktor@halyard.example')
  await expectState(solveig, 'restored', 120_000)
  await expect(solveig.locator('main')).toContainText('The records are back')

  expect(await fingerprints(fjord, 'intranet'), 'nothing beside them moved').toEqual(deleted.intranet)
  const after = await fingerprints(fjord, 'crm', protectedColumns)
  for (const table of lost.filter((name) => name !== 'deals')) expect(after[table], `crm.${table}`).toBe(before[table])
  const companyIds = companies.map(({ id }) => id)
  expect(
    await fjord`select distinct newsletter from crm.contacts where company_id = any(${companyIds}::bigint[])`,
    'S67 nobody is subscribed again',
  ).toEqual([{ newsletter: false }])
  expect(await titles(fjord, newer), 'what is newer is still there').toEqual(['Signed since then'])
  await fjord`delete from crm.deals where id = ${newer}`
  expect((await fingerprints(fjord, 'crm', protectedColumns)).deals, 'crm.deals').toBe(before.deals)
  await enterDeal(fjord, 'Signed since then', newer)
  // The portal writes down what the test itself has just done.
  const beside = await fingerprints(fjord, 'intranet')

  await requestUndo(solveig, number, owner)
  await expectState(solveig, 'undone', 120_000)
  const undone = await fingerprints(fjord, 'crm', protectedColumns)
  for (const table of lost.filter((name) => name !== 'deals')) expect(undone[table], `crm.${table}`).toBe(deleted.crm[table])
  expect(await titles(fjord, newer)).toEqual(['Signed since then'])
  expect(await fingerprints(fjord, 'intranet')).toEqual(beside)
  await fjord`delete from crm.deals where id = ${newer}`
  await fjord.end()
})

type Company = { id: string; name: string; city: string }

/** Older than the oldest restore point, in one town, each with deals and people. */
async function twoOldCompanies(sql: postgres.Sql): Promise<Company[]> {
  const found = await sql<Company[]>`
    with old as (select c.id, c.name, c.city, count(*) over (partition by c.city) as in_town from crm.companies c
        where c.created_at < now() - interval '10 days' and exists (select from crm.deals d where d.company_id = c.id)
          and exists (select from crm.contacts k where k.company_id = c.id))
    select id::text, name, city from old where in_town >= 2 order by city, id limit 2`
  expect(found).toHaveLength(2)
  return found
}

async function enterDeal(sql: postgres.Sql, title: string, id?: string): Promise<string> {
  const [row] = await sql<{ id: string }[]>`
    insert into crm.deals (id, title, company_id, amount, currency, created_by)
      select coalesce(${id ?? null}::bigint, max(d.id) + 1000), ${title}, (select max(id) from crm.companies), 1, 'NOK', 'Solveig Aas' from crm.deals d
      returning id::text`
  return row?.id ?? ''
}

/** As the portal's own application does it. */
async function deleteWithAllThatBelongs(sql: postgres.Sql, companies: string[]): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`delete from crm.quotes where deal_id in (select id from crm.deals where company_id = any(${companies}::bigint[]))`
    await tx`delete from crm.activities where deal_id in (select id from crm.deals where company_id = any(${companies}::bigint[]))
      or contact_id in (select id from crm.contacts where company_id = any(${companies}::bigint[]))`
    await tx`delete from crm.deals where company_id = any(${companies}::bigint[])`
    await tx`delete from crm.contacts where company_id = any(${companies}::bigint[])`
    await tx`delete from crm.companies where id = any(${companies}::bigint[])`
  })
}

async function titles(sql: postgres.Sql, id: string): Promise<string[]> {
  const rows = await sql<{ title: string }[]>`select title from crm.deals where id = ${id}`
  return rows.map(({ title }) => title)
}
