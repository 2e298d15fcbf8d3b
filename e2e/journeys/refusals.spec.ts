import { expect, test } from '../fixtures/world.ts'
import { comparePoint, idOfPoint } from '../pages/ticket.ts'

test('R8 S76 a self-hosted portal is answered at once, with a guide and without a ticket', async ({ as }) => {
  const owner = await as('Friederike Brandt')
  await owner.goto('/restore/delta')
  await expect(owner.locator('[data-refusal]')).toContainText('R8')
  await expect(owner.getByRole('button', { name: 'Open ticket' })).toHaveCount(0)
})

test('S73 a suspended portal gets no restore, and is told why', async ({ as }) => {
  const owner = await as('Callum Greenaway')
  await owner.goto('/restore/ember')
  await expect(owner.locator('[data-refusal]')).toBeVisible()
  await expect(owner.getByRole('button', { name: 'Open ticket' })).toHaveCount(0)
})

test('R5 one person alone is not restored; what was typed is kept', async ({ as }) => {
  const sophie = await as('Sophie Lathbury')
  await sophie.goto('/restore/acme')
  await sophie.getByLabel('In a few words').fill('Only my leads')
  await sophie.getByLabel('What happened').fill('Just mine, please.')
  await sophie.getByText('Is only one person’s data missing?').click()
  await sophie.getByLabel('Whose data alone?').fill('Sophie Lathbury')
  await comparePoint(sophie, await idOfPoint(sophie, 0))
  await sophie.getByRole('button', { name: 'Open ticket' }).click({ timeout: 60_000 })
  await expect(sophie.locator('[data-refusal]')).toContainText('R5')
  await expect(sophie.getByLabel('In a few words')).toHaveValue('Only my leads')
})

test('R4 S83 nobody but the owner is offered consent', async ({ as }) => {
  const lucja = await as('Łucja Sikora')
  await lucja.goto('/tickets/1017/consent')
  await expect(lucja.getByRole('button', { name: 'Give consent' })).toHaveCount(0)
  const nadia = await as('Nadia Rahman')
  await nadia.goto('/desk/tickets/1017')
  await expect(nadia.getByRole('button', { name: 'Give consent' })).toHaveCount(0)
})

test('R9 S79 whoever works on a ticket cannot approve it, and reads why', async ({ as }) => {
  const erin = await as('Erin Walsh')
  await erin.goto('/desk/approvals/1020')
  await expect(erin.locator('[data-refusal]')).toContainText('R9')
  await expect(erin.getByRole('button', { name: 'Approve restore' })).toHaveCount(0)
})

test('I8 S113 another portal’s ticket does not exist', async ({ as }) => {
  const mia = await as('Mia Lindqvist')
  expect((await mia.goto('/tickets/1017'))?.status()).toBe(404)
  expect((await mia.goto('/desk'))?.status()).toBe(404)
  expect((await mia.goto('/restore/acme'))?.status()).toBe(404)
})
