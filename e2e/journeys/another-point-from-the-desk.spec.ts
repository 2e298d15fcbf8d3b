import { openMail } from '../fixtures/mailbox.ts'
import { fingerprints, ids, portalDatabase } from '../fixtures/portals.ts'
import { expect, test } from '../fixtures/world.ts'
import { approveRestore, comparePoint, dealsTold, expectState, giveConsent, idOfPoint } from '../pages/ticket.ts'

const number = 1018
const owner = { name: 'Duarte Silva', portalName: 'Kite Surf Schools', email: 'duarte@kitesurf.example' }

test('S25 S58 after a failed restore the assignee chooses another restore point; the owner is asked anew, and exactly that point comes back', async ({
  as,
}) => {
  test.setTimeout(300_000)
  const kite = portalDatabase('kite')
  const before = { crm: await fingerprints(kite, 'crm'), deals: await ids(kite, 'crm.deals') }
  // Whose turn it is after a program of the portal was in the way: the owner's, with one thing to do.
  const duarte = await as(owner.name)
  await duarte.goto(`/tickets/${number}`)
  await expect(duarte.getByText('It is your turn.')).toBeVisible()
  await expect(duarte.locator('main')).toContainText('Once they are through, a report or an import for instance, try again.')
  await expect(duarte.getByRole('button', { name: 'Retry restore' })).toBeVisible()
  await expect(duarte.locator('main')).not.toContainText('The desk has been told')

  const nadia = await as('Nadia Rahman')
  await nadia.goto(`/desk/tickets/${number}`)
  await expectState(nadia, 'restoreFailed')
  await nadia.getByRole('link', { name: 'Choose restore point' }).click()
  await expect(nadia).toHaveURL(new RegExp(`/desk/tickets/${number}/restore-point$`))
  const former = await nadia.locator('input[name="snapshotId"]:checked').getAttribute('value')
  await comparePoint(nadia, await idOfPoint(nadia, 0))
  await expect(nadia.locator('input[name="snapshotId"]:checked')).not.toHaveValue(former ?? '')
  await expect(nadia.locator('#preview')).toContainText('hidden from the desk')
  const told = await dealsTold(nadia)
  await nadia.getByRole('button', { name: 'Choose restore point' }).click()

  await expect(nadia).toHaveURL(new RegExp(`/desk/tickets/${number}$`))
  await expectState(nadia, 'verifyingOwner')
  expect(await fingerprints(kite, 'crm'), 'choosing changes nothing in the portal').toEqual(before.crm)

  const asked = await openMail(duarte, owner.email, new RegExp(`${number}.*once more`))
  await expect(asked.locator('main')).toContainText('Your earlier consent is void')
  await duarte.goto(`/tickets/${number}/consent`)
  expect(await dealsTold(duarte), 'the owner sees the figures that the desk chose by').toEqual(told)
  await giveConsent(duarte, number, owner)
  const viktor = await as('Viktor Hale')
  await approveRestore(viktor, number, 'viktor@halyard.example')
  await expectState(nadia, 'restored', 120_000)

  const after = await ids(kite, 'crm.deals')
  expect({
    back: after.filter((id) => !before.deals.includes(id)).length,
    gone: before.deals.filter((id) => !after.includes(id)).length,
  }).toEqual(told)
  await kite.end()
})
