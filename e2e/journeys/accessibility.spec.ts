import AxeBuilder from '@axe-core/playwright'
import { expect, test } from '../fixtures/world.ts'

/** Who looks at which pages; each once in English by day and once in Polish by night, on a desk's screen and on a phone. */
const visits: { person: string | null; pages: string[] }[] = [
  { person: null, pages: ['/sign-in', '/nothing-here', '/demo', '/demo/mail', '/demo/people'] },
  {
    person: 'Halina Wróbel',
    pages: ['/', '/restore/grota', '/tickets/1017', '/tickets/1017/consent', '/tickets/1017/consent/decline'],
  },
  {
    person: 'Weronika Malinowska',
    pages: ['/tickets/1022', '/tickets/1022/upgrade', '/tickets/1022/consent/receipt', '/tickets/1009'],
  },
  { person: 'Solveig Aas', pages: ['/portal/fjord'] },
  { person: 'Duarte Silva', pages: ['/tickets/1018'] },
  { person: 'Friederike Brandt', pages: ['/restore/delta'] },
  { person: 'Harriet Vaughan', pages: ['/tickets/1021', '/tickets/1021/undo', '/tickets/1021/restore-point'] },
  {
    person: 'Nadia Rahman',
    pages: ['/desk', '/desk?q=nothing-like-this', '/desk/tickets/1020', '/desk/tickets/1018', '/desk/portals/heron'],
  },
  { person: 'Viktor Hale', pages: ['/desk/approvals', '/desk/approvals/1020'] },
]
const looks = [
  { locale: 'en', colorScheme: 'light', width: 1440 },
  { locale: 'pl', colorScheme: 'dark', width: 390 },
] as const

for (const { locale, colorScheme, width } of looks) {
  test(`every page passes axe and does not scroll sideways, in ${locale}, ${colorScheme}, ${width} px wide`, async ({
    as,
    page: stranger,
  }) => {
    test.setTimeout(300_000)
    for (const { person, pages } of visits) {
      const page = person === null ? stranger : await as(person, { locale })
      await page.setViewportSize({ width, height: 900 })
      await page.emulateMedia({ colorScheme })
      for (const path of pages) {
        await page.goto(path)
        await expect(page.locator('main')).toBeVisible()
        const { violations } = await new AxeBuilder({ page })
          .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
          .analyze()
        const found = violations.map(
          ({ id, nodes }) => `${path}: ${id} at ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
        )
        expect.soft(found).toEqual([])
        const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
        expect.soft(sideways, `${path} scrolls sideways`).toBe(0)
      }
    }
  })
}
