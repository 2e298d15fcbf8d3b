// Makes the pictures of README from the running demo: `npm run demo` in one shell, `npm run screenshots` in another.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, chromium } from '@playwright/test'

const base = process.env.APP_URL || `http://localhost:${process.env.PORT || '3000'}`
const docs = join(import.meta.dirname, '..', 'docs')

type Picture = { file: string; person: string; path: string; height: number; width?: number; colorScheme?: 'light' | 'dark' }

/** Tickets and people are the demo's own; what the pages show is what its portals' databases hold. */
const pictures: Picture[] = [
  { file: 'loss-preview.png', person: 'Halina Wróbel', path: '/tickets/1017/consent', height: 1100 },
  { file: 'queue.png', person: 'Nadia Rahman', path: '/desk', height: 560 },
  { file: 'desk-ticket.png', person: 'Nadia Rahman', path: '/desk/tickets/1021', height: 900 },
  { file: 'approval.png', person: 'Viktor Hale', path: '/desk/approvals/1020', height: 900, colorScheme: 'dark' },
  { file: 'phone.png', person: 'Harriet Vaughan', path: '/tickets/1021', height: 900, width: 390 },
]

const executablePath = process.env.CHROMIUM_PATH
const browser = await chromium.launch({
  ...(executablePath ? { executablePath } : {}),
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
})
mkdirSync(docs, { recursive: true })
for (const picture of pictures) await take(browser, picture)
await browser.close()

async function take(from: Browser, { file, person, path, height, width = 1280, colorScheme = 'light' }: Picture): Promise<void> {
  const context = await from.newContext({ baseURL: base, viewport: { width, height }, colorScheme })
  const page = await context.newPage()
  await page.goto('/sign-in')
  await page.getByRole('button', { name: new RegExp(`^${person}`) }).click()
  await page.waitForURL((url) => url.pathname !== '/sign-in')
  await context.addCookies([{ name: 'desk-locale', value: 'en', url: base }])
  await page.goto(path)
  await page.locator('main').waitFor()
  await page.screenshot({ path: join(docs, file) })
  await context.close()
  console.log(`docs/${file}`)
}
