import { expect, test } from '../fixtures/world.ts'
import { expectState } from '../pages/ticket.ts'

const number = 1020

test('S43 S44 two agents act at once: one wins, the other keeps their words and sees who moved what', async ({ as }) => {
  const nadia = await as('Nadia Rahman')
  const tomasz = await as('Tomasz Bielak')
  await Promise.all([nadia.goto(`/desk/tickets/${number}`), tomasz.goto(`/desk/tickets/${number}`)])
  const version = await tomasz.locator('main').getAttribute('data-version')
  // Tomasz types while Nadia's note moves the ticket on; his page is not refreshed under his hands.
  await tomasz.route('**/api/stream**', (route) => route.abort())
  await tomasz.reload()
  await tomasz.getByLabel('Internal note').fill('My words must not be lost')
  await nadia.getByLabel('Internal note').fill('Seen by Nadia')
  await nadia.getByRole('button', { name: 'Add note' }).click()
  await expect(nadia.locator('main')).not.toHaveAttribute('data-version', version ?? '')
  await tomasz.getByRole('button', { name: 'Add note' }).click()
  await expect(tomasz.locator('[data-refusal]')).toContainText('Nadia')
  await expect(tomasz.getByLabel('Internal note')).toHaveValue('My words must not be lost')
  await expectState(tomasz, 'awaitingApproval')
})
