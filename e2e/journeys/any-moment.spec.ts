import { openMail } from '../fixtures/mailbox.ts'
import { makeMomentsPortal } from '../fixtures/moments-portal.ts'
import { fingerprints } from '../fixtures/portals.ts'
import { expect, test } from '../fixtures/world.ts'
import { makeMoment, newestMoment } from '../pages/another-moment.ts'
import { openTicket } from '../pages/new-restore.ts'
import { approveRestore, dealsTold, expectState, giveConsent } from '../pages/ticket.ts'

const owner = { name: 'Harriet Vaughan', portalName: 'Lark Ledger', email: 'harriet@larkprint.example' }

test('R2 R11 the owner of a portal whose backups go back to any moment takes the minute before the deletion: what is gone is back, and what came since was told as lost', async ({
  as,
}) => {
  test.setTimeout(600_000)
  const { externalId, sql, capture, drop } = await makeMomentsPortal(owner)
  try {
    const daily = capture()
    await sql`insert into crm.deals values (201, 'Signed after the daily restore point', 1)`
    const [signed] = await sql<{ at: Date }[]>`select clock_timestamp() as at`
    const before = await fingerprints(sql, 'crm')

    const harriet = await as(owner.name)
    const moment = await newestMoment(harriet, externalId, signed?.at ?? new Date())
    await sql`delete from crm.deals where id <= 20 or id = 201`
    await sql`insert into crm.deals select n, 'Since then ' || n, 2 from generate_series(301, 303) n`

    const made = await makeMoment(harriet, moment)
    expect(made).not.toBe(daily)
    await expect(harriet.locator('main')).toContainText('made of a moment, when asked for')
    const number = await openTicket(harriet, {
      portal: externalId,
      scope: 'crm',
      subject: 'Deals are gone',
      reason: 'Somebody deleted twenty-one deals a minute ago.',
      snapshotId: made,
    })
    await harriet.goto(`/tickets/${number}/consent`)
    expect(await dealsTold(harriet)).toEqual({ back: 21, gone: 3 })
    await giveConsent(harriet, number, owner)
    await expectState(harriet, 'awaitingApproval')
    const viktor = await as('Viktor Hale')
    await approveRestore(viktor, number, 'viktor@halyard.example')
    await expectState(harriet, 'restored', 120_000)
    expect(await fingerprints(sql, 'crm')).toEqual(before)
    await openMail(harriet, owner.email, new RegExp(`${number}.*Restored`))
  } finally {
    await drop()
  }
})
