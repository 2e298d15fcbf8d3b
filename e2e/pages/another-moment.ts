import { expect, type Locator, type Page } from '@playwright/test'

const title = 'Another moment'

/**
 * The newest whole minute of which the page of a new restore offers a restore point, once that is later than `after`. Of a portal whose clocks show UTC. The desk
 * asks the portal's system every two minutes of which moments it can make one.
 */
export async function newestMoment(page: Page, portal: string, after: Date): Promise<Date> {
  let newest = new Date(0)
  await expect(async () => {
    await page.goto(`/restore/${portal}`)
    await openForm(page)
    const [from, to] = minutesIn(await form(page).getByText('on the portal’s clock').textContent({ timeout: 1000 }))
    if (from === undefined || to === undefined) throw new Error('the page does not tell from when to when')
    // Both are shown without their seconds: the later of two minutes has begun after whatever was in the earlier one.
    expect(to.getTime()).toBeGreaterThan(from.getTime())
    expect(to.getTime()).toBeGreaterThan(after.getTime())
    newest = to
  }).toPass({ timeout: 300_000, intervals: [2000] })
  return newest
}

/** Has a restore point of that moment made, and waits until it is there. Returns its id: it is chosen. */
export async function makeMoment(page: Page, at: Date): Promise<string> {
  await openForm(page)
  await form(page).getByLabel('As the portal was at').fill(at.toISOString().slice(0, 16))
  await form(page).getByRole('button', { name: 'Make restore point of this moment' }).click()
  await expect(page.getByText('The restore point of that moment is ready')).toBeVisible({ timeout: 120_000 })
  return page.locator('input[name="snapshotId"]:checked').inputValue()
}

/** Folded away until somebody wants it. */
async function openForm(page: Page): Promise<void> {
  if (!(await form(page).isVisible())) await page.getByText(title, { exact: true }).click({ timeout: 1000 })
}

const form = (page: Page): Locator => page.getByRole('form', { name: title })

function minutesIn(words: string | null): Date[] {
  const found = (words ?? '').replaceAll('\u00a0', ' ').matchAll(/(\d{1,2} \w{3} \d{4}), (\d\d:\d\d)/g)
  return [...found].map(([, day, time]) => new Date(`${day} ${time} UTC`))
}
