import { type Batch, refer, somebody } from './batch.ts'
import { nth } from './draw.ts'
import { updatedAt } from './enter-crm.ts'

/** Statements that enter a batch of intranet rows, in the order of their references; deals must be in already. */
export function enterIntranet(batch: Batch): string[] {
  return [
    projects(batch),
    tasks(batch),
    calendarEvents(batch),
    conversations(batch),
    messages(batch),
    files(batch),
    auditLog(batch),
    outbox(batch),
  ]
}

const by = (batch: Batch, salt: string) => nth(batch.people, `${somebody(batch, salt)} - 1`)

function projects(batch: Batch): string {
  const { words, draw, source } = batch
  return `insert into intranet.projects (id, name, company_id, lead_id, budget, starts_on, ends_on, created_by, created_at, updated_at)
    select g, ${draw.pick('g', 'project/name', words.projectNames)} || ' ' || extract(year from at), case when ${draw.chance('g', 'project/customer', 0.5)} then ${refer(batch, 'crm.companies', 'project/company')} end,
      ${somebody(batch, 'project/lead')}, ${draw.whole('g', 'project/budget', 4, 180)} * 500, at::date, case when age > 0.15 then (at + interval '70 days')::date end,
      ${by(batch, 'project/by')}, at, ${updatedAt(batch, 'project')}
    from ${source['intranet.projects']}`
}

function tasks(batch: Batch): string {
  const { words, draw, source } = batch
  return `insert into intranet.tasks (id, title, deal_id, deal_stage, project_id, assignee_id, due_at, done_at, created_by, created_at, updated_at)
    select g, ${draw.pick('g', 'task/title', words.taskTitles)}, d.id, d.stage, case when d.id is null then ${refer(batch, 'intranet.projects', 'task/project')} end,
      ${somebody(batch, 'task/assignee')}, at + make_interval(days => ${draw.whole('g', 'task/due', 1, 14)}),
      case when age > 0.01 and ${draw.chance('g', 'task/done', 0.93)} then ${updatedAt(batch, 'task')} + interval '3 hours' end,
      ${by(batch, 'task/by')}, at, ${updatedAt(batch, 'task')}
    from ${source['intranet.tasks']}
    left join crm.deals d on ${draw.chance('g', 'task/of deal', 0.7)} and d.id = ${refer(batch, 'crm.deals', 'task/deal', 'lately')}`
}

function calendarEvents(batch: Batch): string {
  const { words, draw, source } = batch
  const starts = `date_trunc('hour', at) + make_interval(days => ${draw.whole('g', 'event/ahead', 0, 12)}, mins => 30 * ${draw.whole('g', 'event/half', 0, 1)})`
  return `insert into intranet.calendar_events (id, title, place, starts_at, ends_at, company_id, organiser_id, created_by, created_at)
    select g, ${draw.pick('g', 'event/title', words.eventTitles)}, ${draw.pick('g', 'event/place', words.places)}, ${starts},
      ${starts} + make_interval(mins => 30 * ${draw.whole('g', 'event/length', 1, 5)}),
      case when ${draw.chance('g', 'event/customer', 0.4)} then ${refer(batch, 'crm.companies', 'event/company')} end,
      ${somebody(batch, 'event/organiser')}, ${by(batch, 'event/organiser')}, at
    from ${source['intranet.calendar_events']}`
}

function conversations(batch: Batch): string {
  const { words, draw, source } = batch
  return `insert into intranet.conversations (id, topic, deal_id, created_by, created_at)
    select g, coalesce(d.title, ${draw.pick('g', 'conversation/topic', words.conversationTopics)}), d.id, ${by(batch, 'conversation/by')}, at
    from ${source['intranet.conversations']}
    left join crm.deals d on ${draw.chance('g', 'conversation/of deal', 0.6)} and d.id = ${refer(batch, 'crm.deals', 'conversation/deal', 'lately')}`
}

function messages(batch: Batch): string {
  const { words, draw, source } = batch
  return `insert into intranet.messages (id, conversation_id, author_id, body, created_by, created_at)
    select g, ${refer(batch, 'intranet.conversations', 'message/conversation', 'lately')}, ${somebody(batch, 'message/author')},
      ${draw.pick('g', 'message/body', words.messageBodies)}, ${by(batch, 'message/author')}, at
    from ${source['intranet.messages']}`
}

function files(batch: Batch): string {
  const { words, draw, source } = batch
  return `insert into intranet.files (id, name, bytes, sha256, deal_id, project_id, created_by, created_at)
    select g, ${draw.pick('g', 'file/name', words.fileNames)}, ${draw.whole('g', 'file/bytes', 8_000, 6_000_000)}, sha256(convert_to('file ' || g, 'UTF8')),
      d.id, case when d.id is null then ${refer(batch, 'intranet.projects', 'file/project')} end, ${by(batch, 'file/by')}, at
    from ${source['intranet.files']}
    left join crm.deals d on ${draw.chance('g', 'file/of deal', 0.75)} and d.id = ${refer(batch, 'crm.deals', 'file/deal', 'lately')}`
}

/** What the portal's own triggers would have written; they sleep while rows are entered here. Old lines have been cleared away. */
function auditLog({ source }: Batch): string {
  return `insert into intranet.audit_log (at, who, action, entity, entity_id, detail)
    select d.created_at, d.created_by, 'insert', 'deals', d.id, jsonb_build_object('title', d.title)
    from ${source['crm.deals']} join crm.deals d on d.id = r.g where age < 0.12 order by d.id`
}

function outbox({ source }: Batch): string {
  return `insert into intranet.outbox (at, topic, payload, sent_at)
    select d.created_at, 'deals.insert', jsonb_build_object('id', d.id), d.created_at + interval '2 seconds'
    from ${source['crm.deals']} join crm.deals d on d.id = r.g where age < 0.03 order by d.id`
}
