import { fingerprints } from '../fixtures/portals.ts'
import { makeResticPortal } from '../fixtures/restic-portal.ts'
import { expect, test } from '../fixtures/world.ts'
import { askForRecords, findRecords, sendTicket } from '../pages/find-record.ts'
import { approveRestore, expectState, giveConsent } from '../pages/ticket.ts'

const owner = { name: 'Harriet Vaughan', portalName: 'Heron Archive', email: 'harriet@larkprint.example' }

test('R3 a deal that only the archives of a restic repository still have is found by its words and put back; what is newer stays', async ({
  as,
}) => {
  test.setTimeout(400_000)
  const { externalId, sql, capture, drop } = await makeResticPortal(owner)
  try {
    await sql`insert into crm.deals values (777, 'Heron brochure', 7)`
    capture()
    const before = await fingerprints(sql, 'crm')
    await sql`delete from crm.deals where id = 777`
    await sql`insert into crm.deals values (900, 'Signed since then', 1)`
    await sql`update crm.companies set name = 'Renamed since then' where id = 3`
    const deleted = await fingerprints(sql, 'crm')

    const harriet = await as(owner.name)
    await findRecords(harriet, externalId, 'heron BROCHURE')
    await expect(harriet.locator('[data-search="ready"]')).toContainText('1 record,')
    await expect(harriet.locator('[data-search="ready"]')).toContainText('Now: not there')
    await askForRecords(harriet, ['Heron brochure'], 'Put back')
    const preview = harriet.locator('#preview')
    await expect(preview.locator('[data-returning="crm.deals"]')).toContainText('1')
    await expect(preview).not.toContainText('Signed since then')
    const number = await sendTicket(harriet, 'The brochure deal has gone')
    await giveConsent(harriet, number, owner)
    await approveRestore(await as('Viktor Hale'), number, 'viktor@halyard.example')
    await expectState(harriet, 'restored', 120_000)
    await expect(harriet.locator('main')).toContainText('The records are back')

    const after = await fingerprints(sql, 'crm')
    expect(after.companies, 'nothing newer is touched').toBe(deleted.companies)
    await sql`delete from crm.deals where id = 900`
    expect((await fingerprints(sql, 'crm')).deals, 'as it was in the point that has it').toBe(before.deals)
  } finally {
    await drop()
  }
})
