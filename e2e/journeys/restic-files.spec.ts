import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { unzip } from '../../lib/snapshots/testing/unzip.ts'
import { openMail } from '../fixtures/mailbox.ts'
import { makeResticPortal } from '../fixtures/restic-portal.ts'
import { expect, test } from '../fixtures/world.ts'
import { openTicket } from '../pages/new-restore.ts'
import { approveRestore, expectState, giveConsent, requestUndo } from '../pages/ticket.ts'

const owner = { name: 'Harriet Vaughan', portalName: 'Plover Archive', email: 'harriet@larkprint.example' }

test('R6 I4 attachments that were deleted and overwritten come back with the whole portal, what came since is handed over, and all of it can be undone', async ({
  as,
}) => {
  test.setTimeout(400_000)
  const { externalId, sql, files, capture, drop } = await makeResticPortal(owner)
  try {
    const contract = join(files, 'deals/7/contract.pdf')
    const offer = join(files, 'deals/7/offer.txt')
    const then = [contract, offer].map((path) => readFileSync(path))
    const point = capture()
    rmSync(offer)
    writeFileSync(contract, 'scribbled over')
    writeFileSync(join(files, 'deals/7/late.txt'), 'since then')
    await sql`delete from crm.attachments where path = 'deals/7/offer.txt'`

    const harriet = await as(owner.name)
    const number = await openTicket(harriet, {
      portal: externalId,
      scope: 'full',
      subject: 'Attachments are gone',
      reason: 'Somebody tidied up the folder of deal 7.',
      snapshotId: point,
    })
    await harriet.goto(`/tickets/${number}/consent`)
    const told = harriet.locator('[data-files="compared"]')
    await expect(told).toContainText('deals/7/late.txt')
    await told.getByRole('searchbox').fill('OFFER')
    await expect(told.getByRole('listitem')).toHaveText(/deals\/7\/offer\.txt.*comes back/)
    await expect(harriet.locator('main')).toContainText(
      'Of its files, 1 comes back, 1 is taken away and 1 goes back to an earlier state.',
    )
    await expect(harriet.locator('main')).toContainText(
      'A program that holds a file open just then goes on writing to the old one',
    )
    await giveConsent(harriet, number, owner)
    const viktor = await as('Viktor Hale')
    await viktor.goto(`/desk/approvals/${number}`)
    await expect(viktor.locator('main')).toContainText('files: 1 back, 1 taken away, 1 reverted')
    await expect(viktor.locator('main'), 'the desk sees how many, not which').not.toContainText('late.txt')
    await approveRestore(viktor, number, 'viktor@halyard.example')
    await expectState(harriet, 'restored', 120_000)
    await expect(harriet.locator('[data-files-moved]')).toContainText('1 came back, 1 was taken away, 1 went back')
    expect([contract, offer].map((path) => readFileSync(path))).toEqual(then)
    expect(() => readFileSync(join(files, 'deals/7/late.txt'))).toThrow('ENOENT')
    const [row] = await sql<{ count: number }[]>`select count(*)::int from crm.attachments where path = 'deals/7/offer.txt'`
    expect(row).toEqual({ count: 1 })
    const mail = await openMail(harriet, owner.email, new RegExp(`${number}.*Restored`))
    await expect(mail.locator('main')).toContainText('Files of the portal that came back: 1; added since and taken away: 1')

    const started = harriet.waitForEvent('download')
    await harriet.getByRole('link', { name: 'Download the files that the restore took away' }).click()
    const archive = await unzip(await readFile(await (await started).path()))
    expect(archive.get('files/deals/7/late.txt')).toBe('since then')
    expect(archive.get('files/deals/7/contract.pdf')).toBe('scribbled over')
    expect(archive.get('files.csv')).toContain('deals/7/late.txt,taken away,10,')

    await requestUndo(harriet, number, owner)
    await expectState(harriet, 'undone', 120_000)
    expect(readFileSync(contract, 'utf8')).toBe('scribbled over')
    expect(readFileSync(join(files, 'deals/7/late.txt'), 'utf8')).toBe('since then')
    expect(() => readFileSync(offer)).toThrow('ENOENT')
    await expect(harriet.locator('[data-files-moved]')).toContainText('1 came back, 1 was taken away, 1 went back to how it was')
    const undone = await openMail(harriet, owner.email, new RegExp(`${number}.*Undone`))
    await expect(undone.locator('main')).toContainText('Files of the portal that came back with the undo: 1')
  } finally {
    await drop()
  }
})
