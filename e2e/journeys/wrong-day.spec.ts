import { openMail } from '../fixtures/mailbox.ts'
import { expect, test } from '../fixtures/world.ts'
import { approveRestore, comparePoint, expectState, giveConsent, idOfPoint } from '../pages/ticket.ts'

const number = 1021
const owner = { name: 'Harriet Vaughan', portalName: 'Lark Print Works', email: 'harriet@larkprint.example' }

test('S25 S58 after a restore to the wrong day another restore point is chosen on the same ticket, compared, consented to and restored', async ({
  as,
}) => {
  test.setTimeout(300_000)
  const harriet = await as(owner.name)
  await harriet.goto(`/tickets/${number}`)
  await expectState(harriet, 'restored')
  await harriet.getByRole('link', { name: /wrong day/ }).click()
  const [one, another] = [await idOfPoint(harriet, 0), await idOfPoint(harriet, 1)]
  await comparePoint(harriet, one)
  await harriet.getByRole('button', { name: 'Choose restore point' }).click()
  await expect(harriet).toHaveURL(new RegExp(`/tickets/${number}$`))
  await expectState(harriet, 'verifyingOwner')
  await openMail(harriet, owner.email, new RegExp(`${number}`))
  await giveConsent(harriet, number, owner)
  await expectState(harriet, 'awaitingApproval')

  // I9: the same figures again change nothing of what was agreed; those of another day void it.
  await harriet.goto(`/tickets/${number}/restore-point`)
  await comparePoint(harriet, null)
  await expect(harriet.locator('main')).toContainText('Nothing has moved')
  await harriet.getByRole('button', { name: 'Refresh preview' }).click()
  await expect(harriet).toHaveURL(new RegExp(`/tickets/${number}$`))
  await expectState(harriet, 'awaitingApproval')
  await harriet.goto(`/tickets/${number}/restore-point`)
  await comparePoint(harriet, another)
  await expect(harriet.locator('main')).toContainText('becomes void')
  await harriet.getByRole('button', { name: 'Choose restore point' }).click()
  await expectState(harriet, 'verifyingOwner')
  await giveConsent(harriet, number, owner)

  const viktor = await as('Viktor Hale')
  await approveRestore(viktor, number, 'viktor@halyard.example')
  await expectState(harriet, 'restored', 120_000)
  await harriet.goto(`/tickets/${number}/restore-point`)
  await comparePoint(harriet, another)
  await expect(harriet.locator('#preview')).toContainText('Nothing differs')
})
