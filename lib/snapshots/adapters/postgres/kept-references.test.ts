import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Protection } from '#lib/difference/protection.ts'
import type { EdgeHandling, SnapshotRef } from '../../port.ts'
import { postgresAdapter } from './adapter.ts'
import { call, makePortal, type TestPortal } from './testing/portal.ts'
import { testServers } from './testing/servers.ts'

for (const server of testServers()) {
  describe(`what stays and points at what goes, on ${server.name}`, () => {
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

    /** Since the restore point: three companies, of which one has opted out; an agent was hired who looks after an old deal, a changed one and a new one. */
    const lived = async () => {
      const portal = await makePortal(url)
      portals.push(portal)
      await portal.run(`
        create table crm.agents (id int primary key, name text);
        alter table crm.deals add column agent int references crm.agents;
        create table crm.opt_outs (company_id bigint primary key references crm.companies, why text);
        create table intranet.log (id int primary key, company_id bigint references crm.companies);
        insert into crm.agents values (1, 'Ann'); update crm.deals set agent = 1;
        insert into crm.opt_outs values (1, 'then')`)
      const captured = await postgresAdapter.capture(
        {
          portal: portal.ref,
          snapshotId: crypto.randomUUID(),
          purpose: 'snapshot',
          previous: null,
          mayBar: 'when_needed',
          barTimeoutMs: 10_000,
        },
        call(),
      )
      if (!captured.ok) throw new Error(JSON.stringify(captured.refusal))
      await portal.run(`
        insert into crm.companies (name) select 'Newer ' || n from generate_series(1, 3) n;
        insert into crm.opt_outs select max(id), 'since' from crm.companies;
        insert into intranet.log select n, max(id) from crm.companies, generate_series(1, 2) n group by n;
        insert into crm.agents values (2, 'Bob');
        update crm.deals set agent = 2 where id = 1; update crm.deals set agent = 2, title = 'Changed' where id = 2;
        insert into crm.deals (title, agent) values ('Newer', 2)`)
      const told = (protection: Protection, edgeHandling: EdgeHandling) =>
        compare(portal, captured.snapshot, protection, edgeHandling)
      return { portal, told }
    }
    const compare = async (portal: TestPortal, snapshot: SnapshotRef, protection: Protection, edgeHandling: EdgeHandling) => {
      const request = { portal: { ...portal.ref, protection }, snapshot, scope: 'crm' as const, edgeHandling }
      const { edges, refusals } = await postgresAdapter.compare({ ...request, columns: [], examplesPerTable: 0 })
      return { edges, inPlace: refusals.inPlace }
    }
    const optOuts: Protection = { tables: [{ schema: 'crm', name: 'opt_outs' }], columns: [] }
    const agents: Protection = {
      tables: [],
      columns: [{ table: { schema: 'crm', name: 'deals' }, columns: [{ name: 'agent', whenBack: 'as_then' }] }],
    }
    const ofOptOut = 'crm.opt_outs.opt_outs_company_id_fkey'
    const ofAgent = 'crm.deals.deals_agent_fkey'
    const ofLog = 'intranet.log.log_company_id_fkey'

    test('S67 S71 an opt-out that stays while its company goes is counted, and told apart from links of what is not protected', async () => {
      const { told } = await lived()
      expect(await told(optOuts, { [ofOptOut]: 'keep', '*': 'null' })).toEqual({
        edges: [
          {
            constraint: ofOptOut,
            fromTable: 'crm.opt_outs',
            toTable: 'crm.companies',
            rows: 1,
            handling: 'keep',
            keptBy: ['company_id'],
          },
          { constraint: ofLog, fromTable: 'intranet.log', toTable: 'crm.companies', rows: 2, handling: 'null' },
        ],
        inPlace: null,
      })
    })

    test('S71 what cannot be handled as configured is refused before anybody consents: a link that may not be empty, a link that may not break', async () => {
      const { told } = await lived()
      const facts = { edge: ofOptOut, rows: 1 }
      expect((await told(optOuts, { '*': 'null' })).inPlace).toEqual({ code: 'reference_not_nullable', facts })
      expect((await told(optOuts, { '*': 'refuse' })).inPlace).toEqual({ code: 'reference_refused', facts })
      const { edges, inPlace } = await told(optOuts, { '*': 'keep', [ofLog]: 'refuse' })
      expect([edges.length, inPlace]).toEqual([2, { code: 'reference_refused', facts: { edge: ofLog, rows: 2 } }])
    })

    test('S65 S71 a deal that keeps its agent of today, who goes, is counted, be it otherwise changed or not; a deal that goes with its agent is not', async () => {
      const { told } = await lived()
      const kept = await told(agents, { '*': 'keep' })
      expect(kept.edges.filter(({ keptBy }) => keptBy !== undefined)).toEqual([
        { constraint: ofAgent, fromTable: 'crm.deals', toTable: 'crm.agents', rows: 2, handling: 'keep', keptBy: ['agent'] },
      ])
      expect(kept.inPlace).toBeNull()
      // A restore leaves such a value as it is: where the configuration says otherwise there is none.
      const facts = { edge: ofAgent, rows: 2 }
      expect((await told(agents, { '*': 'null' })).inPlace).toEqual({ code: 'reference_not_nullable', facts })
      expect((await told(agents, { [ofAgent]: 'refuse', '*': 'keep' })).inPlace).toEqual({ code: 'reference_refused', facts })
    })
  })
}
