import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import { conformanceSuite, type SpoilablePortal } from '../../conformance/suite.ts'
import { postgresAdapter } from './adapter.ts'
import { quoteText } from './connect.ts'
import { makePortal, type TestPortal } from './testing/portal.ts'
import { testServers } from './testing/servers.ts'

for (const server of testServers()) {
  describe(`the postgres adapter on ${server.name}`, () => {
    let stop: () => Promise<void>
    let url: string
    const portals: TestPortal[] = []
    beforeAll(async () => {
      ;({ url, stop } = await server.start())
    })
    afterAll(async () => {
      for (const portal of portals) await portal.drop()
      await stop()
    })
    conformanceSuite(postgresAdapter, async () => {
      const portal = await makePortal(url)
      portals.push(portal)
      await portal.run('delete from intranet.tasks', 'delete from crm.deals')
      return spoilable(portal)
    })
  })
}

function spoilable({ ref, run, ask, directory }: TestPortal): SpoilablePortal {
  const list = (titles: string[]) => titles.map(quoteText).join(', ')
  const titles = async (table: string) => {
    const found = await ask(`select string_agg(title, '|' order by title collate "C") from ${table}`)
    return found === null ? [] : found.split('|')
  }
  return {
    ref,
    addDeals: (...added) => run(`insert into crm.deals (title) select unnest(array[${list(added)}])`),
    removeDeals: (...removed) => run(`delete from crm.deals where title in (${list(removed)})`),
    renameDeal: (from, to) => run(`update crm.deals set title = ${quoteText(to)} where title = ${quoteText(from)}`),
    addTasks: (...added) => run(`insert into intranet.tasks (title) select unnest(array[${list(added)}])`),
    deals: () => titles('crm.deals'),
    tasks: () => titles('intranet.tasks'),
    journal: () => mkdtempSync(join(directory, 'journal-')),
  }
}
