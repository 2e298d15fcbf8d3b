import { readFile } from 'node:fs/promises'
import { unzip } from '../../lib/snapshots/testing/unzip.ts'
import { commandLine } from '../fixtures/command-line.ts'
import { portalDatabase } from '../fixtures/portals.ts'
import { expect, test } from '../fixtures/world.ts'
import { askForRecords, findRecords, sendTicket } from '../pages/find-record.ts'
import { approveRestore, expectState, giveConsent } from '../pages/ticket.ts'

const formula = '=1+1'
const owner = { portalName: 'Fjord Outdoor', email: 'solveig@fjordoutdoor.example' }

test('R3 S84 S113 S118 a lost record is handed over as files, a formula stays text, each download is told, nobody else gets at it', async ({
  as,
}) => {
  test.setTimeout(300_000)
  const fjord = portalDatabase('fjord')
  const [lead] = await fjord<{ id: string }[]>`
    insert into crm.leads (full_name, source, created_by) values (${formula}, 'web', 'Ingrid Moen') returning id::text`
  if (!lead) throw new Error('the lead was not entered')
  commandLine('snapshot', 'capture', '--portal', 'fjord')
  await fjord`delete from crm.leads where id = ${lead.id}`
  const solveig = await as('Solveig Aas')
  await findRecords(solveig, 'fjord', formula)
  await askForRecords(solveig, [formula], 'Get as files')
  await expect(solveig.locator('#preview')).toContainText('Records in the files')
  const number = await sendTicket(solveig, 'A lead as files')
  await giveConsent(solveig, number, owner)
  const viktor = await as('Viktor Hale')
  await approveRestore(viktor, number, 'viktor@halyard.example')
  await expectState(solveig, 'restored', 120_000)
  await expect(solveig.locator('main')).toContainText('Your files are ready')
  const link = solveig.getByRole('link', { name: 'Download the records' })
  const address = (await link.getAttribute('href')) ?? ''
  const started = solveig.waitForEvent('download')
  await link.click()
  const files = await unzip(await readFile(await (await started).path()))
  expect(files.get('for people/Leads.csv')).toMatch(/(^|,)'=1\+1(,|$)/m)
  expect(files.get('for machines/crm.leads.jsonl')).toContain('"=1+1"')
  for (const stranger of [viktor, await as('Margaret Whitcombe')])
    expect((await stranger.request.get(address)).status()).toBe(404)
  await solveig.reload()
  await expect(solveig.locator('#files')).toContainText('Downloaded once')
  const [back] = await fjord<{ there: boolean }[]>`select exists (select from crm.leads where id = ${lead.id}) as there`
  expect(back).toEqual({ there: false })
  await fjord.end()
})
