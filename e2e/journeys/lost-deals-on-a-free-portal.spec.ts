import { openMail } from '../fixtures/mailbox.ts'
import { fingerprints, ids, portalDatabase } from '../fixtures/portals.ts'
import { expect, test } from '../fixtures/world.ts'
import { openTicket } from '../pages/new-restore.ts'
import { approveRestore, dealsTold, expectState, giveConsent, requestUndo } from '../pages/ticket.ts'

const owner = { name: 'Inês Carvalho', email: 'ines@boltcargo.example', portalName: 'Bolt Cargo Bikes' }

test('S1 S17 deals lost on a free portal come back after consent, upgrade and approval; undo brings the newer ones back', async ({
  as,
}) => {
  test.setTimeout(300_000)
  const bolt = portalDatabase('bolt')
  const before = {
    crm: await fingerprints(bolt, 'crm'),
    intranet: await fingerprints(bolt, 'intranet'),
    deals: await ids(bolt, 'crm.deals'),
  }
  const loose = await fingerprints(bolt, 'intranet', ['deal_id', 'company_id'])

  const mia = await as('Mia Lindqvist')
  const number = await openTicket(mia, {
    portal: 'bolt',
    scope: 'crm',
    subject: 'Fourteen open deals are gone',
    reason: 'They were on the board yesterday afternoon.',
  })
  await expectState(mia, 'verifyingOwner')
  await expect(mia.locator('main')).toContainText('I. C.')
  await expect(mia.locator('main')).not.toContainText(owner.name)

  const ines = await as(owner.name)
  const asked = await openMail(ines, owner.email, new RegExp(`${number}`))
  await expect(asked.locator('main')).not.toContainText('Mia Lindqvist deleted')
  await ines.goto(`/tickets/${number}/consent`)
  const told = await dealsTold(ines)
  await giveConsent(ines, number, owner)
  await expectState(mia, 'awaitingUpgrade')

  await ines.goto(`/tickets/${number}/upgrade`)
  await ines.getByRole('link', { name: 'Go to the payment page' }).click()
  await ines.getByRole('button', { name: /^Pay/ }).click()
  await expectState(mia, 'awaitingApproval')

  const viktor = await as('Viktor Hale')
  await viktor.goto('/desk/approvals')
  await expect(viktor.locator(`[data-ticket="${number}"]`)).toBeVisible()
  await openMail(viktor, 'viktor@halyard.example', new RegExp(`${number}`))
  await approveRestore(viktor, number, 'viktor@halyard.example')
  await expectState(mia, 'restored', 120_000)

  const after = await ids(bolt, 'crm.deals')
  const back = after.filter((id) => !before.deals.includes(id))
  const gone = before.deals.filter((id) => !after.includes(id))
  expect({ back: back.length, gone: gone.length }, 'exactly what the owner was shown').toEqual(told)
  expect(told.back).toBeGreaterThan(10)
  expect(told.gone).toBeGreaterThan(0)
  // The intranet keeps its rows; only links to deals and companies that are gone have been emptied, as the preview said.
  expect(await fingerprints(bolt, 'intranet', ['deal_id', 'company_id'])).toEqual(loose)
  const [dangling] =
    await bolt`select count(*)::int as rows from intranet.tasks t where deal_id is not null and not exists (select from crm.deals d where d.id = t.deal_id)`
  expect(dangling).toEqual({ rows: 0 })
  const [board] = await bolt`select count(*)::int as deals from crm.open_deals where id = any(${back})`
  expect(board).toEqual({ deals: back.length })
  await openMail(mia, 'mia@boltcargo.example', new RegExp(`${number}`))

  await requestUndo(ines, number, owner)
  await expectState(ines, 'undone', 120_000)
  expect({
    crm: await fingerprints(bolt, 'crm'),
    intranet: await fingerprints(bolt, 'intranet'),
    deals: await ids(bolt, 'crm.deals'),
  }).toEqual(before)
  await mia.goto(`/tickets/${number}`)
  await expectState(mia, 'undone')
  await bolt.end()
})
