import { portalDatabase } from '../fixtures/portals.ts'
import { expect, test } from '../fixtures/world.ts'
import { newestPoint } from '../pages/new-restore.ts'
import { cancelTicket, expectState } from '../pages/ticket.ts'

const title = `<img src=x onerror="document.title='woken'"> 100%_sure Żółw`

test('S28 S36 S109 a record that somebody deleted is found, the newest point that has it is chosen, and the ticket has that point', async ({
  as,
}) => {
  test.setTimeout(240_000)
  const fjord = portalDatabase('fjord')
  const solveig = await as('Solveig Aas')
  const newest = await newestPoint(solveig, 'fjord')
  const [lead] = await fjord<
    { id: string; name: string; who: string }[]
  >`select id::text, full_name as name, created_by as who from crm.leads where created_at < now() - interval '9 days' order by id limit 1`
  if (!lead) throw new Error('fjord has no old lead')
  const rare = `zebra${lead.id}`
  await fjord.begin(async (sql) => {
    await sql`select set_config('app.user', 'Sigrid Holm', true)`
    await sql`delete from crm.leads where id = ${lead.id}`
    await sql`insert into crm.deals (title, company_id, amount, currency, created_by)
      select ${`${title} ${rare}`}, min(id), 1, 'NOK', 'Sigrid Holm' from crm.companies`
  })
  await solveig.getByLabel('In a few words').fill('A lead has gone')
  await solveig.getByLabel('What happened').fill('Deleted by hand.')

  // What no point and nobody has: said, with what still helps; the words stay.
  await find('nobody ever wrote this down')
  await expect(solveig.locator('#find')).toContainText('Nothing with these words in any restore point')
  await expect(solveig.locator('#find')).toContainText('recycle bin')
  await expect(solveig.getByLabel('Words from the record')).toHaveValue('nobody ever wrote this down')

  // What is still there needs no restore, and its markup is text.
  await find(`100%_sure zolw ${rare}`)
  await expect(solveig.locator('#find')).toContainText(`${title} ${rare}`)
  await expect(solveig.locator('#find')).toContainText('Still in the portal')
  await expect(solveig.getByRole('button', { name: 'Choose this restore point' })).toHaveCount(0)
  await expect(solveig).not.toHaveTitle('woken')

  // What its people threw into the portal's own recycle bin needs none either.
  const [binned] = await fjord<
    { name: string }[]
  >`update crm.leads set deleted_at = now(), full_name = full_name || ' ' || ${rare}
    where id = (select min(id) from crm.leads where id > ${lead.id}) returning full_name as name`
  if (!binned) throw new Error('fjord has no second lead')
  await find(binned.name)
  await expect(solveig.locator('#find')).toContainText('1 of these records lies in the portal’s own recycle bin')
  await expect(solveig.getByRole('row').filter({ hasText: binned.name })).toContainText('In the portal’s recycle bin since')

  await find(lead.name)
  const row = solveig
    .getByRole('row')
    .filter({ has: solveig.getByRole('checkbox', { name: `Choose ${lead.name}`, exact: true }) })
    .first()
  await expect(row).toContainText('Leads')
  await expect(row).toContainText('Vanished after')
  await row.getByRole('checkbox').check()
  await expect(solveig.locator('#find')).toContainText('is the newest restore point that has what you ticked')
  const points = solveig.locator('input[name="snapshotId"]:not([disabled])')
  await points.nth(1).check({ force: true })
  await solveig.getByRole('button', { name: 'Choose this restore point' }).click()
  const chosen = solveig.locator('input[name="snapshotId"]:checked')
  await expect(chosen).toHaveValue(newest)
  await expect(solveig.locator('input[name="scope"][value="crm"]')).toBeChecked()
  const searchId = new URL(solveig.url()).searchParams.get('search') ?? ''
  await expect(solveig.getByLabel('In a few words')).toHaveValue('A lead has gone')

  await solveig.getByRole('button', { name: 'Compare with now' }).click()
  await expect(solveig.locator('[data-preview="ready"]')).toBeVisible({ timeout: 60_000 })
  await expect(solveig.locator('#find')).toContainText('Chosen below')
  await expect(chosen).toHaveValue(newest)
  await solveig.getByRole('button', { name: 'Open ticket' }).click()
  await expect(solveig).toHaveURL(/\/tickets\/\d+/)
  await expectState(solveig, 'verifyingOwner')
  const number = Number(/\/tickets\/(\d+)/.exec(solveig.url())?.[1])

  // S113: somebody else's search is not there for a stranger, whatever portal they ask it of.
  const margaret = await as('Margaret Whitcombe')
  await margaret.goto(`/restore/acme?search=${searchId}`)
  await expect(margaret.locator('#find [data-search]')).toHaveCount(0)
  await expect(margaret.getByLabel('Words from the record')).toHaveValue('')
  await cancelTicket(solveig, number)
  await fjord`delete from crm.deals where title like ${`%${rare}`}`
  await fjord.end()

  async function find(words: string): Promise<void> {
    await solveig.getByLabel('Words from the record').fill(words)
    const before = solveig.url()
    await solveig.getByRole('button', { name: 'Find', exact: true }).click()
    await expect(solveig).not.toHaveURL(before)
    await expect(solveig.locator('[data-search="ready"]')).toBeVisible({ timeout: 60_000 })
  }
})
