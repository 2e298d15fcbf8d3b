import { type Batch, daySize, type Table } from './batch.ts'
import { literal, workingMoment } from './draw.ts'
import { type Day, localInstant } from './moments.ts'

/** Statements for what a day changes and deletes among the rows that stood at its beginning. Audit lines tell who deleted what. */
export function passDay(batch: Batch, before: Record<Table, number>, day: Day): string[] {
  const size = daySize(day)
  const some = (table: Table, share: number) => Math.round(before[table] * share * size)
  const moment = (salt: string) =>
    workingMoment(
      `date '${day.date}'`,
      `${day.elapsed} * ${batch.draw.unit('x.id', `${salt}/${day.daysAgo}`)}`,
      batch.portal.timeZone,
    )
  const drawn = (from: Table, where: string, count: number, salt: string) =>
    `(select id from ${from} where ${where} and id <= ${before[from]} order by hashint8extended(id, ${day.daysAgo + salt.length * 1000}) limit ${count})`
  const person = batch.draw.pick('x.id', `by/${day.daysAgo}`, batch.people)
  return [
    `update crm.deals x set stage = (enum_range(x.stage, null::crm.deal_stage))[2], updated_at = ${moment('deal')},
       closed_at = case when x.stage = 'negotiation' then ${moment('deal')} end
     where id in ${drawn('crm.deals', "stage not in ('won', 'lost')", some('crm.deals', 0.0016), 'deal')}`,
    `update crm.contacts x set phone = split_part(phone, ' ', 1) || ' ' || ${batch.draw.whole('x.id', `phone/${day.daysAgo}`, 500000000, 799999999)}, updated_at = ${moment('contact')}
     where id in ${drawn('crm.contacts', 'true', some('crm.contacts', 0.0006), 'contact')}`,
    `update crm.leads x set status = 'contacted', updated_at = ${moment('lead')}
     where id in ${drawn('crm.leads', "status = 'open'", some('crm.leads', 0.001), 'lead')}`,
    `update intranet.tasks x set done_at = ${moment('task')}, updated_at = ${moment('task')}
     where id in ${drawn('intranet.tasks', 'done_at is null', some('intranet.tasks', 0.0015), 'task')}`,
    `with gone as (delete from crm.leads x where id in ${drawn('crm.leads', "status = 'dropped'", some('crm.leads', 0.0005), 'dropped')} returning *)
     insert into intranet.audit_log (at, who, action, entity, entity_id, detail)
     select ${moment('dropped')}, ${person}, 'delete', 'leads', x.id, jsonb_build_object('title', x.full_name) from gone x`,
    `with gone as (delete from intranet.tasks x where id in ${drawn('intranet.tasks', 'done_at is not null', some('intranet.tasks', 0.0003), 'cleared')} returning *)
     insert into intranet.audit_log (at, who, action, entity, entity_id, detail)
     select ${moment('cleared')}, ${person}, 'delete', 'tasks', x.id, jsonb_build_object('title', x.title) from gone x`,
    `delete from crm.activities where id in ${drawn('crm.activities', "kind = 'note'", some('crm.activities', 0.0001), 'note')}`,
    `with gone as (update crm.contacts x set newsletter = false, updated_at = ${moment('opt-out')}
       where id in ${drawn('crm.contacts', 'newsletter', Math.max(Math.round(size), some('crm.contacts', 0.0002)), 'opt-out')} returning *)
     insert into crm.opt_outs (at, email, channel, source)
     select x.updated_at, x.email, 'newsletter', ${batch.draw.pick('x.id', 'opt-out/source', batch.words.optOutSources)} from gone x`,
    ...revokeAccess(batch, day, moment('revoked')),
  ]
}

/** On a working day somebody loses a phone or sets a new password; and one of the many left three days ago (S64). */
function revokeAccess({ portal, words, draw }: Batch, day: Day, at: string): string[] {
  const { left, other } = words.revocations
  const revoked = `insert into intranet.revoked_access (at, email, what, reason)
     select ${at}, x.email, ${draw.pick('x.id', `revoked/${day.daysAgo}`, ['sessions', 'password'])}, ${draw.pick('x.id', `reason/${day.daysAgo}`, other)}
     from intranet.employees x where x.active order by ${draw.hash('x.id', `whose/${day.daysAgo}`)}, x.id limit ${Math.round(daySize(day))}`
  if (day.daysAgo !== leaver.daysAgo || portal.users <= portal.people.length) return [revoked]
  const leaves = `timestamptz '${localInstant(portal.timeZone, day.date, leaver.hour).toISOString()}'`
  return [
    revoked,
    `with gone as (update intranet.employees set active = false, updated_at = ${leaves} where id = ${portal.users} returning email)
     insert into intranet.revoked_access (at, email, what, reason) select ${leaves}, email, 'account', ${literal(left)} from gone`,
  ]
}

const leaver = { daysAgo: 3, hour: 16 }
