import { fingerprints } from '../fixtures/portals.ts'
import { makeResticPortal } from '../fixtures/restic-portal.ts'
import { flipBitOfLargest, packs } from '../fixtures/restic-repository.ts'
import { expect, test } from '../fixtures/world.ts'
import { openTicket } from '../pages/new-restore.ts'
import { approveRestore, expectState, giveConsent } from '../pages/ticket.ts'

const owner = { name: 'Harriet Vaughan', portalName: 'Lark Archive', email: 'harriet@larkprint.example' }

test('S26 S121 a portal kept in a restic repository: a spoilt archive turns its restore point bad, the neighbour is offered, and brings the deals back', async ({
  as,
}) => {
  test.setTimeout(400_000)
  const { externalId, sql, capture, drop } = await makeResticPortal(owner)
  try {
    const good = capture()
    const before = await fingerprints(sql, 'crm')
    const known = packs()
    await sql`insert into crm.deals select 1000 + n, md5(random()::text), 0 from generate_series(1, 20000) n`
    const spoilt = capture()
    await sql`delete from crm.deals where id <= 20 or id > 1000`
    await flipBitOfLargest(packs().filter((file) => !known.includes(file)))

    const harriet = await as(owner.name)
    await harriet.goto(`/restore/${externalId}`)
    await harriet.locator(`input[name="snapshotId"][value="${spoilt}"]`).check({ force: true })
    await harriet.getByRole('button', { name: 'Compare with now' }).click()
    await expect(harriet.locator('[data-refusal]')).toContainText('no longer holds what it held', { timeout: 60_000 })
    await expect(harriet.locator('[data-refusal]')).toContainText(/Choose one of its neighbours: \d+ \w+ \d+ at [\d:]+ (GMT|BST)/)
    await harriet.reload()
    await expect(harriet.locator(`input[name="snapshotId"][value="${spoilt}"]`)).toBeDisabled()
    await expect(harriet.locator(`input[name="snapshotId"][value="${good}"]`)).toBeEnabled()
    await expect(harriet.locator('input[name="snapshotId"]:checked')).toBeEnabled()
    const nadia = await as('Nadia Rahman')
    await nadia.goto('/desk')
    await expect(nadia.locator('main')).toContainText(owner.portalName)

    const number = await openTicket(harriet, {
      portal: externalId,
      scope: 'crm',
      subject: 'Deals are gone',
      reason: 'Somebody deleted the first twenty deals.',
      // By its name: the daily capture of a portal just registered comes within minutes, before or after the deletion.
      snapshotId: good,
    })
    await giveConsent(harriet, number, owner)
    await expectState(harriet, 'awaitingApproval')
    await approveRestore(await as('Viktor Hale'), number, 'viktor@halyard.example')
    await expectState(harriet, 'restored', 120_000)
    expect(await fingerprints(sql, 'crm')).toEqual(before)
  } finally {
    await drop()
  }
})
