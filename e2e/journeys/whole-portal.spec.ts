import { fingerprints, portalDatabase } from '../fixtures/portals.ts'
import { expect, test } from '../fixtures/world.ts'
import { newestPoint, openTicket } from '../pages/new-restore.ts'
import { approveRestore, expectState, giveConsent } from '../pages/ticket.ts'

test('R9 the whole portal of sixty users goes back in place after two different people approve', async ({ as }) => {
  test.setTimeout(300_000)
  const corax = portalDatabase('corax')
  const [before] = await corax<
    { deals: number; oid: string }[]
  >`select (select count(*)::int from crm.deals) as deals, (select oid::text from pg_database where datname = current_database()) as oid`
  const owner = await as('Katarzyna Zielińska')
  const number = await openTicket(owner, {
    portal: 'corax',
    scope: 'full',
    subject: 'Setki deali zniknęły',
    reason: 'Ktoś usunął je przedwczoraj po południu.',
  })
  await giveConsent(owner, number, { portalName: 'Corax Systemy Magazynowe', email: 'k.zielinska@corax.example' })
  await expectState(owner, 'awaitingApproval')

  const viktor = await as('Viktor Hale')
  await approveRestore(viktor, number, 'viktor@halyard.example')
  await expectState(viktor, 'awaitingApproval')
  await expect(viktor.getByText('1 of 2 approvals')).toBeVisible()
  const chidi = await as('Chidi Obi')
  await approveRestore(chidi, number, 'chidi@halyard.example')
  await expectState(chidi, 'restored', 120_000)

  const [after] = await corax<
    { deals: number; oid: string }[]
  >`select (select count(*)::int from crm.deals) as deals, (select oid::text from pg_database where datname = current_database()) as oid`
  expect((after?.deals ?? 0) - (before?.deals ?? 0)).toBeGreaterThan(300)
  expect(after?.oid, 'in place: the same database').toBe(before?.oid)
  await corax.end()
})

test('S96 a whole portal whose structure moved changes places with its copy, and keeps what belongs to the database itself', async ({
  as,
  addColumn,
}) => {
  test.setTimeout(300_000)
  const fjord = portalDatabase('fjord')
  const owner = await as('Solveig Aas')
  const snapshotId = await newestPoint(owner, 'fjord')
  await addColumn('fjord', 'intranet.projects', 'margin_percent')
  await fjord`comment on table intranet.projects is 'with a margin now'`
  const [before] = await ofDatabase(fjord)

  const number = await openTicket(owner, {
    portal: 'fjord',
    scope: 'full',
    subject: 'Back to yesterday',
    reason: 'An import went wrong.',
    snapshotId,
  })
  await giveConsent(owner, number, { portalName: 'Fjord Outdoor', email: 'solveig@fjordoutdoor.example' })
  await expectState(owner, 'awaitingApproval')
  const marta = await as('Marta Olszańska')
  await approveRestore(marta, number, 'marta@halyard.example')
  await expectState(marta, 'restored', 120_000)
  await fjord.end()

  const fresh = portalDatabase('fjord')
  const [after] = await ofDatabase(fresh)
  expect({ ...after, oid: '' }).toEqual({ ...before, oid: '' })
  expect(after?.oid, 'by swap: another database').not.toBe(before?.oid)
  const [column] =
    await fresh`select count(*)::int as columns from information_schema.columns where table_name = 'projects' and column_name = 'margin_percent'`
  expect(column).toEqual({ columns: 0 })
  expect(Object.keys(await fingerprints(fresh, 'crm')).length).toBeGreaterThan(5)
  await fresh.end()
})

/** What belongs to the database itself, not to anything in it. */
const ofDatabase = (sql: ReturnType<typeof portalDatabase>) =>
  sql<
    { oid: string }[]
  >`select d.oid::text, pg_get_userbyid(datdba) as owner, datacl::text as acl, datconnlimit as limit, datallowconn as open,
      shobj_description(d.oid, 'pg_database') as comment,
      (select array_agg(setconfig::text order by setrole) from pg_db_role_setting where setdatabase = d.oid) as settings
    from pg_database d where datname = current_database()`
