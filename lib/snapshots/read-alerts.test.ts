import { afterAll, beforeAll, expect, test } from 'vitest'
import { alerts } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { cloneDatabase, type TestDatabase } from '#db/testing/databases.ts'
import { makePortal, makeTicketRow, makeUser } from '#db/testing/factories.ts'
import { signedIn } from '#lib/domain/testing/signed-in.ts'
import { readOpenAlerts } from './read-alerts.ts'

let desk: TestDatabase
beforeAll(async () => {
  desk = await cloneDatabase()
})
afterAll(() => desk.drop())

test('an alert about a ticket’s mail names the ticket; one about anything else names none', async () => {
  const [agent, asker, { portal }] = [
    await makeUser(desk.db, { deskRoles: ['agent'] }),
    await makeUser(desk.db),
    await makePortal(desk.db),
  ]
  const ticket = await makeTicketRow(desk.db, { portalId: portal.id, requesterId: asker.id })
  await scoped(desk.db, 'system', (tx) =>
    tx.insert(alerts).values([
      { kind: 'mail_undeliverable', subject: 'gone@corax.example', detail: { ticketId: ticket.id } },
      { kind: 'mail_undeliverable', subject: 'other@corax.example', detail: { ticketId: null } },
    ]),
  )
  const read = await readOpenAlerts(desk.db, signedIn(agent.id, ['agent']), 5)
  expect(new Map(read.map((alert) => [alert.subject, alert.ticket]))).toEqual(
    new Map([
      ['gone@corax.example', ticket.number],
      ['other@corax.example', null],
    ]),
  )
})
