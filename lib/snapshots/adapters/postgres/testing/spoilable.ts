import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { SpoilableFiles, SpoilablePortal } from '../../../conformance/steps.ts'
import { quoteText } from '../connect.ts'
import type { TestPortal } from './portal.ts'

/** A portal of `makePortal` as the conformance suite takes it. */
export function spoilable({ ref, run, ask, directory }: TestPortal): SpoilablePortal {
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
    binDeal: async (title) => {
      await run('alter table crm.deals add column if not exists deleted_at timestamptz')
      await run(`update crm.deals set deleted_at = '2026-05-05 10:00+00' where title = ${quoteText(title)}`)
      return { schema: 'crm', table: 'deals', titleColumn: 'title', binColumn: 'deleted_at' }
    },
    makeOutbound: async () => {
      await run(`alter table crm.deals add column action text not null default 'scheduled'`)
      const columns = [{ name: 'action', whenBack: { set: 'paused' } }]
      return {
        protection: { tables: [], columns: [{ table: { schema: 'crm', name: 'deals' }, columns, outbound: true as const }] },
        actions: async () =>
          ((await ask(`select string_agg(title || ': ' || action, '|' order by title collate "C") from crm.deals`)) ?? '').split(
            '|',
          ),
        decide: (title, state) => run(`update crm.deals set action = ${quoteText(state)} where title = ${quoteText(title)}`),
      }
    },
    addTasks: (...added) => run(`insert into intranet.tasks (title) select unnest(array[${list(added)}])`),
    deals: () => titles('crm.deals'),
    tasks: () => titles('intranet.tasks'),
    journal: () => mkdtempSync(join(directory, 'journal-')),
    recordsOf: async (...wanted) => {
      const ids = await ask(`select string_agg(id::text, ',' order by id) from crm.deals where title in (${list(wanted)})`)
      return [{ table: { schema: 'crm', name: 'deals' }, keys: (ids ?? '').split(',').map((id) => [id]) }]
    },
    makeFiles: async () => spoilableFiles(mkdtempSync(join(directory, 'files-'))),
    remakeDeal: async ([gone], title) => {
      const id = gone === undefined || gone.keys === 'all' ? null : gone.keys[0]?.[0]
      await run(`insert into crm.deals (id, title) overriding system value values (${Number(id)}, ${quoteText(title)})`)
    },
  }
}

function spoilableFiles(parent: string): SpoilableFiles {
  const path = join(parent, 'tree')
  mkdirSync(path)
  return {
    path,
    put: async (name, text) => {
      mkdirSync(join(path, name, '..'), { recursive: true })
      writeFileSync(join(path, name), text)
    },
    remove: async (name) => rmSync(join(path, name)),
    all: async () =>
      readdirSync(path, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .map((file) => `${relative(path, file)}: ${readFileSync(file, 'utf8')}`)
        .sort(),
    besides: async () => readdirSync(parent).filter((name) => name !== 'tree'),
  }
}
