import { openMail } from '../fixtures/mailbox.ts'
import { fingerprints, portalDatabase } from '../fixtures/portals.ts'
import { expect, test } from '../fixtures/world.ts'
import { newestPoint, openTicket } from '../pages/new-restore.ts'
import { approveRestore, cancelTicket, expectState, giveConsent } from '../pages/ticket.ts'

test('R11 I4 what grew after consent is not wiped: the restore stops, the portal is as it was, and the owner is asked again', async ({
  as,
}) => {
  test.setTimeout(300_000)
  const acme = portalDatabase('acme')
  const owner = await as('Margaret Whitcombe')
  const snapshotId = await newestPoint(owner, 'acme')
  await acme`delete from crm.leads where id in (select id from crm.leads order by id limit 5)`
  const number = await openTicket(owner, {
    portal: 'acme',
    scope: 'crm',
    subject: 'Five leads are missing',
    reason: 'Cleaned up by mistake.',
    snapshotId,
  })
  await giveConsent(owner, number, { portalName: 'Acme Fasteners & Tools', email: 'margaret@acme-tools.example' })
  await expectState(owner, 'awaitingApproval')

  await acme`insert into crm.leads (full_name, source, created_by) values ('Entered Later', 'phone', 'Owen Thackray')`
  const before = await fingerprints(acme, 'crm')
  const viktor = await as('Viktor Hale')
  await approveRestore(viktor, number, 'viktor@halyard.example')
  await owner.goto(`/tickets/${number}`)
  await expectState(owner, 'verifyingOwner', 120_000)
  expect(await fingerprints(acme, 'crm')).toEqual(before)
  await openMail(owner, 'margaret@acme-tools.example', new RegExp(`${number}.*once more`))
  await owner.goto(`/tickets/${number}/consent`)
  await expect(owner.getByRole('button', { name: 'Give consent' })).toBeVisible()
  await cancelTicket(owner, number)
  await acme.end()
})
