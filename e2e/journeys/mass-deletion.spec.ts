import { runJob } from '../fixtures/jobs.ts'
import { openMail } from '../fixtures/mailbox.ts'
import { portalDatabase } from '../fixtures/portals.ts'
import { expect, test } from '../fixtures/world.ts'
import { newestPoint } from '../pages/new-restore.ts'
import { cancelTicket, expectState } from '../pages/ticket.ts'

test('R15 S28 a mass deletion alarms owner and desk by itself; one click leads to a ticket with point, scope and time proposed', async ({
  as,
}) => {
  test.setTimeout(180_000)
  const bolt = portalDatabase('bolt')
  const ines = await as('Inês Carvalho')
  const newest = await newestPoint(ines, 'bolt')
  await runJob('watchDeletions')
  // In one go, so that the counts have reached the server's statistics when it is done.
  await bolt.unsafe(`select pg_stat_force_next_flush();
    delete from crm.activities where id in (select id from crm.activities order by id desc limit 320)`)
  await runJob('watchDeletions')

  const nadia = await as('Nadia Rahman')
  await nadia.goto('/desk')
  const alert = nadia.getByRole('listitem').filter({ hasText: 'Bolt Cargo Bikes: about 320 records were deleted' })
  await expect(alert).toBeVisible()
  await openMail(nadia, 'nadia@halyard.example', /^Mass deletion in a portal/, 'Bolt Cargo Bikes')

  const mail = await openMail(ines, 'ines@boltcargo.example', /^Many records were deleted/)
  await expect(mail.locator('main')).toContainText('So far 320 records, mostly: Activities')
  await ines.goto('/')
  await expect(ines.getByText('About 320 records were deleted', { exact: true })).toBeVisible()
  await ines.getByRole('link', { name: 'See what can come back' }).click()

  await expect(ines).toHaveURL(/\/restore\/bolt\?deletion=/)
  await expect(ines.locator(`input[name="snapshotId"][value="${newest}"]`)).toBeChecked()
  await expect(ines.locator('input[name="scope"][value="crm"]')).toBeChecked()
  await expect(ines.locator('[data-deletion]')).toBeVisible()
  await expect(ines.getByLabel('What happened')).toHaveValue(/Activities 320\.$/)
  await ines.getByRole('button', { name: 'Compare with now' }).click()
  await ines.getByRole('button', { name: 'Open ticket' }).click({ timeout: 60_000 })
  await expect(ines).toHaveURL(/\/tickets\/\d+/)
  await expectState(ines, 'verifyingOwner')
  const number = Number(/\/tickets\/(\d+)/.exec(ines.url())?.[1])

  await nadia.goto(`/desk/tickets/${number}`)
  await expect(nadia.locator('main')).toContainText('About 320 records deleted at once')
  await expect(nadia.getByText('Incident')).toBeVisible()
  await nadia.goto('/desk')
  await expect(alert).toHaveCount(0)
  await ines.goto('/')
  await expect(ines.getByText('About 320 records were deleted')).toHaveCount(0)
  await cancelTicket(ines, number)
  await bolt.end()
})
