import { readFile } from 'node:fs/promises'
import type { Page } from '@playwright/test'
import { unzip } from '../../lib/snapshots/testing/unzip.ts'
import { openMail } from '../fixtures/mailbox.ts'
import { portalDatabase } from '../fixtures/portals.ts'
import { expect, test } from '../fixtures/world.ts'
import { openTicket } from '../pages/new-restore.ts'
import { approveRestore, expectState, giveConsent, requestUndo } from '../pages/ticket.ts'

const owner = { portalName: 'Corax Systemy Magazynowe', email: 'k.zielinska@corax.example' }
// The owner reads Polish, so the files are for a Polish spreadsheet.
const deals = 'dla ludzi/Deale.csv'

/** What the restore (or the undo) wiped, as the owner's browser gets it. */
async function download(page: Page, by: 'restore' | 'undo'): Promise<Map<string, string>> {
  const started = page.waitForEvent('download')
  await page.getByRole('link', { name: `Download what the ${by} wiped` }).click()
  const file = await started
  expect(file.suggestedFilename()).toMatch(new RegExp(`^Corax Systemy Magazynowe #\\d+ ${by} .*\\.zip$`))
  return unzip(await readFile(await file.path()))
}

test('S84 S113 S118 what a restore wipes is handed to the owner as files, a formula stays text, an undo has its own; nobody else gets at them', async ({
  as,
}) => {
  test.setTimeout(300_000)
  const corax = portalDatabase('corax')
  const enter = (title: string, amount: number) =>
    corax`insert into crm.deals (title, company_id, amount, currency, created_by) select ${title}, id, ${amount}, 'PLN', 'ewa' from crm.companies limit 1`
  await enter('=HYPERLINK("http://evil.example")', 1234.5)
  const katarzyna = await as('Katarzyna Zielińska')
  const number = await openTicket(katarzyna, {
    portal: 'corax',
    scope: 'crm',
    subject: 'Deals gone',
    reason: 'Somebody deleted them.',
  })
  await giveConsent(katarzyna, number, owner)
  const viktor = await as('Viktor Hale')
  await approveRestore(viktor, number, 'viktor@halyard.example')
  await expectState(katarzyna, 'restored', 120_000)

  const files = katarzyna.locator('#files')
  await expect(files).toContainText('Wiped or overwritten by the restore')
  await expect(files).toContainText('Deals')
  const wiped = await download(katarzyna, 'restore')
  expect(wiped.get(deals)).toMatch(/usunięte;[^\r]*"'=HYPERLINK\(""http:\/\/evil\.example""\)"[^\r]*;1234,50;/)
  expect(wiped.get('dla maszyn/crm.deals.jsonl')).toContain(String.raw`"=HYPERLINK(\"http://evil.example\")"`)
  expect(wiped.get('CZYTAJ.txt')).toContain(`zgłoszenie ${number}`)
  const mail = await openMail(katarzyna, owner.email, new RegExp(`${number}.*Przywrócone`))
  await expect(mail.locator('main')).toContainText('zapisane w plikach')

  // The desk sees that it is there and what it counts; neither it nor another customer gets at it.
  const address = (await katarzyna.getByRole('link', { name: 'Download what the restore wiped' }).getAttribute('href')) ?? ''
  const answer = await katarzyna.request.get(address)
  expect(answer.status()).toBe(200)
  expect(answer.headers()).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
  const nadia = await as('Nadia Rahman')
  await nadia.goto(`/desk/tickets/${number}`)
  await expect(nadia.locator('main')).toContainText(/Wiped, as files/)
  await expect(nadia.locator('main')).not.toContainText('evil.example')
  for (const stranger of [nadia, await as('Solveig Aas')]) expect((await stranger.request.get(address)).status()).toBe(404)

  await enter('Typed since the restore', 1)
  await requestUndo(katarzyna, number, owner)
  await expectState(katarzyna, 'undone', 120_000)
  await katarzyna.goto(`/tickets/${number}`)
  const undone = await download(katarzyna, 'undo')
  expect(undone.get(deals)).toContain('Typed since the restore')
  expect(undone.get(deals)).not.toContain('evil.example')
  const [back] = await corax<{ there: boolean }[]>`select exists (select from crm.deals where title like '=HYPERLINK%') as there`
  expect(back).toEqual({ there: true })
  await corax.end()
})
