import { portalDatabase } from '../fixtures/portals.ts'
import { expect, test } from '../fixtures/world.ts'

test('R1 before an import the owner makes a restore point by hand, finds it by its words, and a colleague cannot', async ({
  as,
}) => {
  test.setTimeout(120_000)
  const solveig = await as('Solveig Aas')
  await solveig.goto('/')
  await solveig.getByRole('link', { name: 'All restore points' }).click()
  await expect(solveig).toHaveURL(/\/portal\/fjord$/)
  await solveig.getByRole('button', { name: 'Make restore point' }).click()
  await expect(solveig.getByLabel('What it is for')).toBeFocused()
  await expect(solveig.getByText('Say in a few words what it is for.')).toBeVisible()

  await solveig.getByLabel('What it is for').fill('Before the spring import')
  await solveig.getByRole('button', { name: 'Make restore point' }).click()
  await expect(solveig.getByText('Your restore point is ready')).toBeVisible({ timeout: 60_000 })
  await solveig.getByText('Show as a table').click()
  const named = solveig.getByRole('row').filter({ hasText: 'by hand · Before the spring import' })
  const survival = named.and(solveig.locator('[data-survival]'))
  await expect(named.and(solveig.locator(':not([data-survival])'))).toContainText('Ready')
  // R14: what it would survive, for its owner without alarm, for the desk with what to do.
  await expect(solveig.locator('main')).toContainText('kept on the same server as your portal')
  await expect(survival).toContainText(/Survives.*Survives.*Lost.*On the portal’s server/)
  const nadia = await as('Nadia Rahman')
  await nadia.goto('/desk/portals/fjord')
  await expect(nadia.getByText('All restore points lie in one place: the portal’s own server')).toBeVisible()
  await nadia.goto('/desk/portals/heron')
  await expect(nadia.locator('[data-hole]')).toContainText('Another program was working on the portal’s data')
  const program = nadia.locator('[data-failed]').getByText('VACUUM FULL')
  await expect(program).toBeAttached()
  await expect(program).toBeHidden()

  // What is entered afterwards is what a restore to it would wipe: it is a restore point like any other.
  const fjord = portalDatabase('fjord')
  await fjord`update crm.deals set title = title || '!' where id = (select min(id) from crm.deals)`
  await fjord.end()
  await solveig.goto('/restore/fjord')
  await solveig.locator('label[data-snapshot]', { hasText: 'Before the spring import' }).click()
  await solveig.getByRole('button', { name: 'Compare with now' }).click()
  await expect(solveig.locator('[data-preview="ready"]')).toContainText('Reverted', { timeout: 60_000 })

  const henrik = await as('Henrik Dahl')
  await henrik.goto('/portal/fjord')
  await expect(henrik.getByRole('heading', { name: 'Restore points' })).toBeVisible()
  await expect(henrik.getByRole('button', { name: 'Make restore point' })).toHaveCount(0)
  await henrik.goto('/portal/acme')
  await expect(henrik.getByText('Restore points')).toHaveCount(0)
})
