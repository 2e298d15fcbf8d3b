import { expect, type Page } from '@playwright/test'

export type Asked = {
  portal: string
  scope: 'crm' | 'full'
  subject: string
  reason: string
  /** Which of the restore points, counted from the newest; the proposed one when both are absent. */
  pointFromNewest?: number
  snapshotId?: string
}

/**
 * The id of the newest restore point that can be chosen now. A daily capture may come at any minute: whoever needs a point from before
 * something asks for it beforehand, and chooses it by its id.
 */
export async function newestPoint(page: Page, portal: string): Promise<string> {
  await page.goto(`/restore/${portal}`)
  return page.locator('input[name="snapshotId"]:not([disabled])').last().inputValue()
}

/** Fills in the new restore's page, waits for its loss preview, and stops before it is sent. */
async function previewRestore(page: Page, { portal, scope, subject, reason, pointFromNewest, snapshotId }: Asked): Promise<void> {
  await page.goto(`/restore/${portal}`)
  await expect(page.getByText('is already going on'), `${portal} has no ticket under way that this one would join`).toHaveCount(0)
  await page.getByLabel('In a few words').fill(subject)
  await page.getByLabel('What happened').fill(reason)
  await page.locator(`input[name="scope"][value="${scope}"]`).check({ force: true })
  if (pointFromNewest !== undefined) {
    const points = page.locator('input[name="snapshotId"]:not([disabled])')
    await points.nth((await points.count()) - 1 - pointFromNewest).check({ force: true })
  }
  if (snapshotId !== undefined) await page.locator(`input[name="snapshotId"][value="${snapshotId}"]`).check({ force: true })
  await page.getByRole('button', { name: 'Compare with now' }).click()
  await expect(page.getByRole('button', { name: 'Open ticket' })).toBeVisible({ timeout: 60_000 })
}

/** Opens a ticket and returns its number. */
export async function openTicket(page: Page, asked: Asked): Promise<number> {
  await previewRestore(page, asked)
  await page.getByRole('button', { name: 'Open ticket' }).click()
  await expect(page).toHaveURL(/\/tickets\/\d+/)
  return Number(/\/tickets\/(\d+)/.exec(page.url())?.[1])
}
