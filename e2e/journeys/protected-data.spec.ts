import type { Page } from '@playwright/test'
import type postgres from 'postgres'
import { portalDatabase } from '../fixtures/portals.ts'
import { expect, test } from '../fixtures/world.ts'
import { newestPoint, openTicket } from '../pages/new-restore.ts'
import { approveRestore, expectState, giveConsent, requestUndo } from '../pages/ticket.ts'

const owner = { portalName: 'Fjord Outdoor', email: 'solveig@fjordoutdoor.example' }

type Somebody = { contact: number; employee: number }

/** A title that no restore point holds, whatever became of an earlier day. */
const writtenOver = (who: Somebody) => `written over by ${who.employee}`

/** Since the restore point: one more wants no mail, one has left, a deal was written over. */
async function passDay(fjord: postgres.Sql, who: Somebody): Promise<void> {
  await fjord`update crm.contacts set newsletter = false where id = ${who.contact}`
  await fjord`insert into crm.opt_outs (email, channel, source) values (${`contact-${who.contact}`}, 'newsletter', 'Link in the newsletter')`
  await fjord`update intranet.employees set active = false where id = ${who.employee}`
  await fjord`insert into intranet.revoked_access (email, what, reason) values (${`employee-${who.employee}`}, 'account', 'Left the company')`
  await fjord`update crm.deals set title = ${writtenOver(who)} where id = (select min(id) from crm.deals)`
}

/** What of it must hold after every restore, and what must not. */
async function held(fjord: postgres.Sql, who: Somebody) {
  const [row] = await fjord`select
      (select newsletter from crm.contacts where id = ${who.contact}) as newsletter,
      exists (select from crm.opt_outs where email = ${`contact-${who.contact}`}) as "optedOut",
      (select active from intranet.employees where id = ${who.employee}) as active,
      exists (select from intranet.revoked_access where email = ${`employee-${who.employee}`}) as revoked,
      exists (select from crm.deals where title = ${writtenOver(who)}) as "writtenOver"`
  return row
}
const asToday = { newsletter: false, optedOut: true, active: false, revoked: true }

async function somebody(fjord: postgres.Sql): Promise<Somebody> {
  const [row] = await fjord<Somebody[]>`select
    (select min(id)::int from crm.contacts where newsletter) as contact, (select max(id)::int from intranet.employees where active) as employee`
  if (!row) throw new Error('nobody is there')
  return row
}

/** Those that would go out on their day. */
async function campaigns(fjord: postgres.Sql): Promise<string[]> {
  const rows = await fjord<{ name: string }[]>`select name from crm.campaigns where status = 'scheduled' order by id`
  return rows.map(({ name }) => name)
}

const keptOn = (page: Page, title: string) =>
  page.locator('section', { has: page.getByRole('heading', { name: title, includeHidden: true }) }).last()

test('S64 S67 S68 S69 after a restore of the whole portal an opt-out and a revoked access given since still hold, and what would be sent waits for its owner', async ({
  as,
}) => {
  test.setTimeout(300_000)
  const fjord = portalDatabase('fjord')
  const solveig = await as('Solveig Aas')
  const snapshotId = await newestPoint(solveig, 'fjord')
  const who = await somebody(fjord)
  await passDay(fjord, who)
  const scheduled = await campaigns(fjord)
  await fjord`delete from crm.campaigns where status = 'scheduled'`
  const [lines] = await fjord<{ audit: number }[]>`select count(*)::int as audit from intranet.audit_log`
  expect(await held(fjord, who)).toEqual({ ...asToday, writtenOver: true })

  const subject = { subject: 'Back to last night', reason: 'A list was written over.' }
  const number = await openTicket(solveig, { portal: 'fjord', scope: 'full', snapshotId, ...subject })
  await solveig.goto(`/tickets/${number}/consent`)
  const kept = keptOn(solveig, 'Kept as it is today')
  await expect(kept.getByRole('listitem').filter({ hasText: 'Who wants no messages' })).toContainText(
    /Opt-outs · Contacts\d+ later changes stay/,
  )
  await expect(kept.getByRole('listitem').filter({ hasText: 'Access and sign-ins' })).toContainText(
    /Revoked access · People\d+ later changes stay/,
  )
  await expect(kept.getByRole('listitem').filter({ hasText: 'The record of who did what' })).toContainText('later change')
  const waits = solveig.locator('[data-comes-back="paused"]').last()
  await expect(waits.getByRole('listitem')).toHaveText(new RegExp(`^Campaigns${scheduled.length} would be paused$`))
  await expect(solveig.getByRole('checkbox', { name: 'goes out unless I release' })).toBeVisible()
  await giveConsent(solveig, number, owner)
  const marta = await as('Marta Olszańska')
  await approveRestore(marta, number, 'marta@halyard.example')
  await expectState(solveig, 'restored', 120_000)

  expect(await held(fjord, who)).toEqual({ ...asToday, writtenOver: false })
  const [after] = await fjord<{ audit: number }[]>`select count(*)::int as audit from intranet.audit_log`
  expect(after?.audit, 'the log does not shrink').toBeGreaterThanOrEqual(lines?.audit ?? 0)
  await expect(keptOn(solveig, 'Kept as it was')).toContainText('Who wants no messages')

  // Nothing of it goes out, nor can the desk let it, until the owner does.
  expect((await campaigns(fjord)).length).toBe(0)
  await marta.goto(`/desk/tickets/${number}`)
  await expect(marta.locator('#paused')).toContainText('Only the owner of the portal can release them.')
  await expect(marta.getByRole('button', { name: 'Release paused' })).toHaveCount(0)
  const card = solveig.locator('#paused')
  await expect(card).toContainText(`in the restore point: scheduled ${scheduled.length}`)
  await card.getByText('Release them …').click()
  await expect(card).toContainText(`${scheduled.length} records (Campaigns ${scheduled.length}) get back what they were`)
  await card.getByRole('button', { name: 'Release paused' }).click()
  await expect(card.locator('[data-paused="released"]')).toContainText(`${scheduled.length} were released`)
  expect(await campaigns(fjord)).toEqual(scheduled)
  await fjord.end()
})

test('S64 S67 S70 they hold too where the whole database changes places with its copy, and through the undo; no number is given twice', async ({
  as,
  addColumn,
}) => {
  test.setTimeout(300_000)
  const fjord = portalDatabase('fjord')
  const solveig = await as('Solveig Aas')
  const snapshotId = await newestPoint(solveig, 'fjord')
  const who = await somebody(fjord)
  await passDay(fjord, who)
  await addColumn('fjord', 'crm.products', 'weight_kg')
  const [issued] = await fjord<{ number: string; oid: string }[]>`
    insert into crm.deals (title, company_id, amount, currency, created_by) select 'Entered since', min(id), 10, 'NOK', 'Solveig Aas' from crm.companies
    returning number::text, (select oid::text from pg_database where datname = current_database()) as oid`

  const subject = { subject: 'The import again', reason: 'An import went wrong.' }
  const number = await openTicket(solveig, { portal: 'fjord', scope: 'full', snapshotId, ...subject })
  await giveConsent(solveig, number, owner)
  const marta = await as('Marta Olszańska')
  await approveRestore(marta, number, 'marta@halyard.example')
  await expectState(solveig, 'restored', 120_000)
  await fjord.end()

  const swapped = portalDatabase('fjord')
  expect(await held(swapped, who)).toEqual({ ...asToday, writtenOver: false })
  const [next] = await swapped<{ number: string; oid: string }[]>`
    select nextval('crm.deal_number')::text as number, (select oid::text from pg_database where datname = current_database()) as oid`
  expect(next?.oid, 'by swap: another database').not.toBe(issued?.oid)
  expect(Number(next?.number)).toBeGreaterThan(Number(issued?.number))
  await swapped.end()

  await requestUndo(solveig, number, owner)
  await expectState(solveig, 'undone', 120_000)
  const undone = portalDatabase('fjord')
  expect(await held(undone, who)).toEqual({ ...asToday, writtenOver: true })
  expect(await undone`select number::text from crm.deals where title = 'Entered since'`).toEqual([{ number: issued?.number }])
  await undone.end()
})
