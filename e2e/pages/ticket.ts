import { expect, type Page } from '@playwright/test'
import { passSecondStep } from '../fixtures/second-step.ts'

export type Owner = { portalName: string; email: string }

/** The ticket's page says this state, without a reload. */
export async function expectState(page: Page, state: string, timeoutMs = 60_000): Promise<void> {
  await expect(page.locator('main[data-state]')).toHaveAttribute('data-state', state, { timeout: timeoutMs })
}

/** The owner's consent: second step, a tick for each danger, the portal's name, signature; then back to the ticket. */
export async function giveConsent(page: Page, number: number, { portalName, email }: Owner): Promise<void> {
  await page.goto(`/tickets/${number}/consent`)
  await passSecondStep(page, email)
  await sign(page, portalName)
  await page.getByRole('button', { name: 'Give consent' }).click()
  await expect(page).toHaveURL(/\/receipt/)
  await page.goto(`/tickets/${number}`)
}

/** The owner takes a restore back within its window, with a preview and a signature of its own (S57). */
export async function requestUndo(page: Page, number: number, { portalName, email }: Owner): Promise<void> {
  await page.goto(`/tickets/${number}/undo`)
  const compare = page.getByRole('button', { name: /Compare/ })
  if (await compare.isVisible()) await compare.click()
  await expect(page.getByLabel('Type the name of the portal')).toBeVisible({ timeout: 60_000 })
  await passSecondStep(page, email)
  await sign(page, portalName)
  await page.getByRole('button', { name: 'Request undo' }).click()
}

async function sign(page: Page, portalName: string): Promise<void> {
  for (const danger of await page.getByRole('checkbox').all()) await danger.check()
  await page.getByLabel('Type the name of the portal').fill(portalName)
}

/** Gives the ticket up. A portal has one under way at most, and the journeys share one world: a ticket that is left open is joined by the next one. */
export async function cancelTicket(page: Page, number: number): Promise<void> {
  await page.goto(`/tickets/${number}`)
  await page.getByText('Give this up').click()
  await page.getByRole('button', { name: 'Cancel ticket' }).click()
  await expectState(page, 'cancelled')
}

/** An approver's yes on the approval's page. */
export async function approveRestore(page: Page, number: number, email: string): Promise<void> {
  await page.goto(`/desk/approvals/${number}`)
  await passSecondStep(page, email)
  await page.getByRole('button', { name: 'Approve restore' }).click()
  await expect(page.locator('[aria-busy="true"]')).toHaveCount(0)
}

/**
 * The id of a restore point on the page, counted from the second oldest: in the minutes around the portal's quiet hour the oldest one
 * lapses (R2) and a new one is captured (R1), both under the reader's eyes.
 */
export function idOfPoint(page: Page, index: number): Promise<string> {
  return page
    .locator('input[name="snapshotId"]:not([disabled])')
    .nth(index + 1)
    .inputValue()
}

/** Chooses the point (null: the one that is marked) and waits for its loss preview. */
export async function comparePoint(page: Page, snapshotId: string | null): Promise<void> {
  if (snapshotId !== null) await page.locator(`input[name="snapshotId"][value="${snapshotId}"]`).check({ force: true })
  await page.getByRole('button', { name: 'Compare with now' }).click()
  await expect(page.locator('[data-preview="ready"]')).toBeVisible({ timeout: 60_000 })
}

/** The line of deals in the loss preview that is on the page. */
export async function dealsTold(page: Page): Promise<{ back: number; gone: number }> {
  const cells = page
    .getByRole('row', { name: /^Deals/ })
    .first()
    .getByRole('cell')
  return {
    back: Number(await cells.nth(0).textContent()),
    gone: Number(await cells.nth(1).textContent()),
  }
}
