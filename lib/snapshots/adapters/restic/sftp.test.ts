import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Captured, Outcome, SnapshotRef } from '../../port.ts'
import { call, makePortal, type TestPortal } from '../postgres/testing/portal.ts'
import { serversWithPrograms } from '../postgres/testing/servers.ts'
import { resticAdapter } from './adapter.ts'
import { initialise, makeRepository } from './testing/repository.ts'
import { startSftp } from './testing/sftp.ts'

const [server] = serversWithPrograms()

describe('a repository on another machine, reached by SFTP', { timeout: 200_000 }, () => {
  let stop: () => Promise<void>
  let portal: TestPortal
  let sftp: Awaited<ReturnType<typeof startSftp>>
  let repository: ReturnType<typeof makeRepository>

  beforeAll(async () => {
    if (!server) throw new Error('there is no server with its own programs')
    const started = await server.start()
    stop = started.stop
    portal = await makePortal(started.url)
    await portal.run(`set role ${portal.owner}`, shop)
    sftp = await startSftp()
    repository = makeRepository({ address: sftp.address('portals'), sftpCommand: sftp.command })
    initialise(repository)
  }, 200_000)

  afterAll(async () => {
    await portal.drop()
    repository.drop()
    await sftp.stop()
    await stop()
  })

  test('a wholesaler’s two days are kept there; prices spoiled on the third come back from the second, what is not the CRM’s stays', async () => {
    const adapter = resticAdapter(() => repository)
    const first = await capture(null)
    await portal.run(
      `insert into crm.orders (customer, placed_on) select 'C' || n % 9, '2026-05-02' from generate_series(1, 30) n`,
      `insert into crm.order_lines select id, 1 + id % 40, 2, 0.05 from crm.orders where placed_on = '2026-05-02'`,
      `update crm.products set price = price + 1 where id <= 5`,
    )
    const second = await capture(first.snapshot)
    // Five prices, thirty orders and a line for each.
    expect(second).toMatchObject({ way: 'online', sessionsEnded: 0, changes: { missing: 0, newer: 60, changed: 5 } })
    expect(await adapter.list(portal.ref)).toMatchObject([first.snapshot, second.snapshot].map(({ id }) => ({ id })))
    const prices = await portal.ask(pricesQuery)
    await portal.run(`update crm.products set price = 0`, `insert into intranet.tasks (title) values ('after the accident')`)
    const safety = await capture(second.snapshot, 'safety')
    const edgeHandling = { '*': 'null' } as const
    const asked = { portal: portal.ref, snapshot: second.snapshot, scope: 'crm', edgeHandling } as const
    const compared = await adapter.compare({ ...asked, columns: [], examplesPerTable: 1 })
    expect(compared.total).toEqual({ missing: 0, newer: 0, changed: 40 })
    must(
      await adapter.restore(
        {
          ...asked,
          safety: safety.snapshot,
          way: 'in_place',
          consented: { digest: compared.digest, wiped: compared.wiped, toleranceRows: 0 },
          journalDirectory: mkdtempSync(join(portal.directory, 'journal-')),
          giveBackFrom: null,
          limits: { lockWaitMs: 5_000, lockHeldMs: 20_000 },
        },
        call(),
      ),
    )
    expect(await portal.ask(pricesQuery)).toBe(prices)
    expect(await portal.ask(`select count(*) from intranet.tasks where title = 'after the accident'`)).toBe('1')
    expect(await adapter.verify(portal.ref, first.snapshot, first.manifest)).toEqual({ ok: true })

    async function capture(previous: SnapshotRef | null, purpose: 'snapshot' | 'safety' = 'snapshot') {
      const snapshotId = crypto.randomUUID()
      const request = { portal: portal.ref, snapshotId, purpose, previous, mayBar: 'when_needed', barTimeoutMs: 10_000 } as const
      return must<Captured>(await adapter.capture(request, call()))
    }
  })
})

const pricesQuery = `select string_agg(id || ' ' || price, ',' order by id) from crm.products`

const shop = `
  create table crm.customers (id varchar(5) primary key, company text not null, country varchar(15) check (country in ('PL', 'DE', 'SE')));
  create table crm.products (id int primary key, name text not null, price numeric(10, 2) not null, discontinued boolean not null default false);
  create table crm.orders (id bigint generated always as identity primary key, customer varchar(5) references crm.customers, placed_on date not null);
  create table crm.order_lines (order_id bigint references crm.orders, product_id int references crm.products, quantity smallint not null,
    discount real not null, primary key (order_id, product_id));
  create view intranet.sales as select o.customer, sum(l.quantity * p.price) from crm.orders o join crm.order_lines l on l.order_id = o.id
    join crm.products p on p.id = l.product_id group by o.customer;
  insert into crm.customers select 'C' || n, 'Company ' || n, (array['PL', 'DE', 'SE'])[1 + n % 3] from generate_series(0, 8) n;
  insert into crm.products select n, 'Product ' || n, n * 1.25 from generate_series(1, 40) n;
  insert into crm.orders (customer, placed_on) select 'C' || n % 9, '2026-05-01' from generate_series(1, 200) n;
  insert into crm.order_lines select id, 1 + id % 40, 1 + id % 7, 0 from crm.orders`

function must<T>(outcome: Outcome<T>): { ok: true } & T {
  if (outcome.ok) return outcome
  throw new Error(`refused: ${JSON.stringify(outcome.refusal)}`)
}
