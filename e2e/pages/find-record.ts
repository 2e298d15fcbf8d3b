import { expect, type Page } from '@playwright/test'

/** Looks for words on the page of a new restore and waits for the answer. */
export async function findRecords(page: Page, portal: string, words: string): Promise<void> {
  await page.goto(`/restore/${portal}`)
  await page.getByLabel('Words from the record').fill(words)
  await page.getByRole('button', { name: 'Find', exact: true }).click()
  await expect(page).toHaveURL(/search=/)
  await expect(page.locator('[data-search="ready"]')).toBeVisible({ timeout: 60_000 })
}

/** Ticks records by name and presses one of the ways that are about them alone; comes back when its price is on the page. */
export async function askForRecords(page: Page, names: string[], way: 'Put back' | 'Get as files'): Promise<void> {
  for (const name of names)
    await page
      .getByRole('checkbox', { name: `Choose ${name}`, exact: true })
      .first()
      .check()
  await page.getByRole('button', { name: way }).click()
  await expect(page.locator('[data-preview="ready"]')).toBeVisible({ timeout: 60_000 })
}

/** Sends what is on the page and returns the ticket's number. */
export async function sendTicket(page: Page, subject: string): Promise<number> {
  await page.getByLabel('In a few words').fill(subject)
  await page.getByLabel('What happened').fill('Deleted by hand.')
  await page.getByRole('button', { name: 'Open ticket' }).click()
  await expect(page).toHaveURL(/\/tickets\/\d+/)
  return Number(/\/tickets\/(\d+)/.exec(page.url())?.[1])
}
