import { afterAll, beforeAll, expect, test } from 'vitest'
import { proofs } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { cloneDatabase, type TestDatabase } from '#db/testing/databases.ts'
import { makeMember, makePortal, makeTicketRow, makeUser } from '#db/testing/factories.ts'

let desk: TestDatabase
beforeAll(async () => {
  desk = await cloneDatabase()
})
afterAll(() => desk.drop())

test('I8 evidence of ownership is for the desk: neither the owner nor anybody else of the portal reads it', async () => {
  const { portal, owner } = await makePortal(desk.db)
  const member = await makeMember(desk.db, portal.id)
  const agent = await makeUser(desk.db, { deskRoles: ['agent'] })
  const ticket = await makeTicketRow(desk.db, { portalId: portal.id, requesterId: owner.id })
  const proof = {
    ticketId: ticket.id,
    portalId: portal.id,
    kind: 'call back',
    evidence: 'the number on file',
    recordedBy: agent.id,
  }
  await scoped(desk.db, agent.id, (tx) => tx.insert(proofs).values(proof))
  const seenBy = async (userId: string) => (await scoped(desk.db, userId, (tx) => tx.select().from(proofs))).length
  expect([await seenBy(owner.id), await seenBy(member.id), await seenBy(agent.id)]).toEqual([0, 0, 1])
})
