import { passSecondStep } from '../fixtures/second-step.ts'
import { expect, test } from '../fixtures/world.ts'
import { openTicket } from '../pages/new-restore.ts'
import { comparePoint, expectState, idOfPoint } from '../pages/ticket.ts'

test('S17 the upgrade says until when to pay and what outlasts it; the receipt keeps what was agreed to, and in which language', async ({
  as,
}) => {
  const weronika = await as('Weronika Malinowska')
  await weronika.goto('/tickets/1022/upgrade')
  const payBy = weronika.locator('main').getByText(/^Pay by /)
  await expect(payBy).toContainText(/CES?T\s\(UTC\+[12]\)/)
  await expect(weronika.locator('main')).toContainText('Then the consent expires, and the owner is asked again.')
  await expect(weronika.locator('main')).toContainText('Your restore point is held until')
  await expect(weronika.locator('main')).not.toContainText('Nothing is lost by waiting')

  await weronika.goto('/tickets/1022/consent/receipt')
  const facts = weronika.locator('main dl')
  for (const term of ['Scope', 'Restore point', 'Comes back', 'Wiped', 'Reverted', 'Valid until'])
    await expect(facts.getByText(term, { exact: true })).toBeVisible()
  await expect(weronika.getByText('Signed in Polish')).toBeVisible()
  await weronika.getByRole('link', { name: 'Back to the ticket' }).click()
  await expect(weronika).toHaveURL(/\/tickets\/1022$/)
})

test('R11 old figures say so before anybody signs, with the way to newer ones; what was said has its exact time', async ({
  as,
}) => {
  const halina = await as('Halina Wróbel')
  await halina.goto('/tickets/1017/consent')
  await expect(halina.locator('main')).toContainText(
    /These figures are \d+\s\w+( \d+\s\w+)? old\. Compare again before you sign\./,
  )
  await halina.getByRole('link', { name: 'Compare again', exact: true }).click()
  await expect(halina).toHaveURL(/\/tickets\/1017\/restore-point$/)
  await halina.goto('/tickets/1017')
  const said = halina.locator('#talk ol > li')
  await expect(said).not.toHaveCount(0)
  for (const line of await said.all()) await expect(line).toContainText(/(ago|now) · .*\(UTC\+[12]\)/)
})

test('R4 the owner’s no is as near as the yes: it is confirmed, ends the ticket, and a new restore can be started from there', async ({
  as,
}) => {
  test.setTimeout(120_000)
  const margaret = await as('Margaret Whitcombe')
  const number = await openTicket(margaret, {
    portal: 'acme',
    scope: 'crm',
    subject: 'Not so sure about this',
    reason: 'We thought that something was missing.',
    pointFromNewest: 3,
  })
  await margaret.goto(`/tickets/${number}/consent`)
  await expect(margaret.getByRole('button', { name: 'Give consent' })).toBeDisabled()
  await expect(margaret.getByText('Enter the code from your authenticator app first.')).toBeVisible()
  await passSecondStep(margaret, 'margaret@acme-tools.example')
  await margaret.getByRole('button', { name: 'Give consent' }).click()
  await expect(margaret.getByText('Tick each line above first.')).toBeFocused()
  await expect(margaret.getByText('Type the name of the portal first.')).toBeVisible()
  await expectState(margaret, 'verifyingOwner')
  await margaret.getByRole('link', { name: 'I do not agree' }).click()
  await expect(margaret).toHaveURL(/\/consent\/decline$/)
  await expectState(margaret, 'verifyingOwner')
  await margaret.getByLabel('Reason').fill('It was there all along.')
  await margaret.getByRole('button', { name: 'Cancel ticket' }).click()
  await expect(margaret).toHaveURL(new RegExp(`/tickets/${number}$`))
  await expectState(margaret, 'cancelled')
  await expect(margaret.locator('main')).toContainText('It was there all along.')
  await expect(margaret.locator('main')).not.toContainText('nothing left to do')
  await margaret.getByRole('link', { name: 'Start a new restore' }).click()
  await expect(margaret).toHaveURL(/\/restore\/acme$/)
})

test('an ended ticket leads to the restore that is going on, where there is one', async ({ as }) => {
  const maeve = await as('Maeve Heron')
  await maeve.goto('/tickets/1013')
  await expect(maeve.getByRole('link', { name: 'Start a new restore' })).toHaveCount(0)
  await maeve.getByRole('link', { name: 'Go to ticket #1020' }).click()
  await expect(maeve).toHaveURL(/\/tickets\/1020$/)
})

test('what is missing is said at its field, in the page’s own words, which has the focus; what was typed elsewhere stays', async ({
  as,
}) => {
  test.setTimeout(120_000)
  const nadia = await as('Nadia Rahman')
  await nadia.goto('/desk/tickets/1020')
  await nadia.getByLabel('Internal note').fill('Half a note')
  await nadia.getByRole('button', { name: 'Reply', exact: true }).click()
  await expect(nadia.getByText('Write the reply first.')).toBeVisible()
  await expect(nadia.getByLabel('Reply to the customer')).toBeFocused()
  await expect(nadia.getByLabel('Internal note')).toHaveValue('Half a note')

  const viktor = await as('Viktor Hale')
  await viktor.goto('/desk/approvals/1020')
  await expect(viktor.getByRole('button', { name: 'Approve restore' })).toBeDisabled()
  await expect(viktor.getByText('Enter the code from your authenticator app first.')).toBeVisible()
  await viktor.getByRole('button', { name: 'Confirm it is me' }).first().click()
  await expect(viktor.getByText('A code has six digits.')).toBeVisible()
  await expect(viktor.locator('input[name="totp"]')).toBeFocused()

  const sophie = await as('Sophie Lathbury')
  await sophie.goto('/restore/acme')
  await comparePoint(sophie, await idOfPoint(sophie, 1))
  await sophie.getByRole('button', { name: 'Open ticket' }).click({ timeout: 60_000 })
  await expect(sophie.getByText('Say in a few words what is missing.')).toBeVisible()
  await expect(sophie.getByText('Say what happened.')).toBeVisible()
  await expect(sophie.getByLabel('In a few words')).toBeFocused()
})
