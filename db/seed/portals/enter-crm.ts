import { type Batch, refer, somebody } from './batch.ts'
import { asciiOf, literal, nth } from './draw.ts'

/** Statements that enter a batch of CRM rows, in the order of their references. */
export function enterCrm(batch: Batch): string[] {
  return [
    companies(batch),
    contacts(batch),
    leads(batch),
    deals(batch),
    activities(batch),
    quotes(batch),
    quoteLines(batch),
    optOuts(batch),
  ]
}

const priceLevel: Record<string, number> = { GBP: 1, EUR: 1.1, PLN: 4.5, NOK: 12 }

function companies(batch: Batch): string {
  const { words, draw, people, source } = batch
  const city = draw.hash('g', 'company/city')
  const cityOf = (key: 'name' | 'country' | 'postCode' | 'dialling') =>
    nth(
      words.cities.map((place) => place[key]),
      city,
    )
  const name = `${draw.pick('g', 'company/root', words.companyRoots)} || ' ' || ${draw.pick('g', 'company/trade', words.companyTrades)}`
  return `insert into crm.companies (id, name, vat_number, industry, street, post_code, city, country, phone, website, yearly_turnover, account_manager_id, created_by, created_at, updated_at)
    select g, base || ' ' || ${draw.pick('g', 'company/suffix', words.companySuffixes)}, country || lpad(((g * 7919::int8) % 1000000000)::text, 9, '0'),
      ${draw.pick('g', 'company/industry', words.industries)}, ${draw.pick('g', 'company/street', words.streets)} || ' ' || ${draw.whole('g', 'company/house', 1, 140)},
      ${cityOf('postCode')}, ${cityOf('name')}, country, ${cityOf('dialling')} || ' ' || ${draw.whole('g', 'company/phone', 2000000, 8999999)},
      'https://' || ${asciiOf('base')} || '.example', round((50000 * exp(6 * ${draw.unit('g', 'company/turnover')}))::numeric, -3),
      ${somebody(batch, 'company/manager')}, ${nth(people, `${somebody(batch, 'company/by')} - 1`)}, at, ${updatedAt(batch, 'company')}
    from ${source['crm.companies']} cross join lateral (select ${name} as base, ${cityOf('country')} as country) c`
}

function contacts(batch: Batch): string {
  const { words, draw, source, people } = batch
  return `insert into crm.contacts (id, company_id, first_name, last_name, position, email, phone, newsletter, created_by, created_at, updated_at)
    select g, company, first_name, last_name, ${draw.pick('g', 'contact/position', words.positions)},
      ${asciiOf(`first_name`)} || '.' || ${asciiOf('last_name')} || '@' || coalesce(substr(c.website, 9), 'mail.example'),
      coalesce(split_part(c.phone, ' ', 1), '+44') || ' ' || ${draw.whole('g', 'contact/phone', 500000000, 799999999)},
      ${draw.chance('g', 'contact/newsletter', 0.3)}, ${nth(people, `${somebody(batch, 'contact/by')} - 1`)}, at, ${updatedAt(batch, 'contact')}
    from ${source['crm.contacts']}
    cross join lateral (select ${refer(batch, 'crm.companies', 'contact/company')} as company, ${personOf(batch, 'contact')}) p
    left join crm.companies c on c.id = p.company`
}

function leads(batch: Batch): string {
  const { words, draw, source, people } = batch
  return `insert into crm.leads (id, full_name, company_name, email, phone, source, note, status, contact_id, created_by, created_at, updated_at)
    select g, first_name || ' ' || last_name, ${draw.pick('g', 'lead/root', words.companyRoots)} || ' ' || ${draw.pick('g', 'lead/trade', words.companyTrades)},
      ${asciiOf('first_name')} || '.' || ${asciiOf('last_name')} || '@mail.example', '+' || ${draw.whole('g', 'lead/phone', 440000000, 489999999)} || ${draw.whole('g', 'lead/phone2', 10, 99)},
      ${draw.pick('g', 'lead/source', ['web', 'web', 'phone', 'fair', 'referral', 'newsletter'])}, ${draw.pick('g', 'lead/note', words.leadNotes)},
      s.status, case when s.status = 'converted' then ${refer(batch, 'crm.contacts', 'lead/contact')} end,
      ${nth(people, `${somebody(batch, 'lead/by')} - 1`)}, at, ${updatedAt(batch, 'lead')}
    from ${source['crm.leads']}
    cross join lateral (select ${personOf(batch, 'lead')}) p
    cross join lateral (select (case when age < 0.02 then 'open' when ${draw.chance('g', 'lead/converted', 0.3)} then 'converted'
      when ${draw.chance('g', 'lead/dropped', 0.7)} then 'dropped' else 'contacted' end)::crm.lead_status as status) s`
}

function deals(batch: Batch): string {
  const { words, draw, source, people, portal } = batch
  const amount = `round((${450 * (priceLevel[portal.currency] ?? 1)} * exp(4.4 * ${draw.unit('g', 'deal/amount')} * ${draw.unit('g', 'deal/amount2')} + ${draw.unit('g', 'deal/amount3')}))::numeric / 5) * 5`
  return `insert into crm.deals (id, number, title, company_id, contact_id, stage, amount, currency, expected_on, closed_at, assigned_to_id, created_by, created_at, updated_at)
    select g, 1000 + g, ${draw.pick('g', 'deal/subject', portal.dealSubjects)} || ' – ' || ${draw.pick('g', 'deal/suffix', words.dealSuffixes)},
      c.company_id, c.id, s.stage, ${amount}, ${literal(portal.currency)},
      (at + make_interval(days => ${draw.whole('g', 'deal/expected', 10, 120)}))::date, case when s.stage in ('won', 'lost') then ${updatedAt(batch, 'deal')} end,
      ${somebody(batch, 'deal/assigned')}, ${nth(people, `${somebody(batch, 'deal/by')} - 1`)}, at, ${updatedAt(batch, 'deal')}
    from ${source['crm.deals']}
    join crm.contacts c on c.id = ${refer(batch, 'crm.contacts', 'deal/contact')}
    cross join lateral (select (case
      when age > 0.06 and ${draw.unit('g', 'deal/done')} < 0.96 then case when ${draw.chance('g', 'deal/won', 0.47)} then 'won' else 'lost' end
      else (array['new', 'qualified', 'proposal', 'negotiation'])[1 + (${draw.hash('g', 'deal/stage')} % least(4, 1 + floor(age * 400))::int)::int] end)::crm.deal_stage as stage) s`
}

function activities(batch: Batch): string {
  const { words, draw, source, people } = batch
  return `insert into crm.activities (id, deal_id, contact_id, kind, subject, note, happened_at, minutes, created_by, created_at)
    select g, d.id, d.contact_id,
      ${draw.pick('g', 'activity/kind', ['call', 'call', 'email', 'email', 'email', 'meeting', 'note'])}::crm.activity_kind,
      ${draw.pick('g', 'activity/subject', words.activitySubjects)}, case when ${draw.chance('g', 'activity/noted', 0.4)} then ${draw.pick('g', 'activity/note', words.activityNotes)} end,
      at - make_interval(mins => ${draw.whole('g', 'activity/since', 2, 50)}), ${draw.whole('g', 'activity/minutes', 3, 90)},
      ${nth(people, `${somebody(batch, 'activity/by')} - 1`)}, at
    from ${source['crm.activities']}
    join crm.deals d on d.id = ${refer(batch, 'crm.deals', 'activity/deal', 'lately')}`
}

function quotes(batch: Batch): string {
  const { draw, source, people } = batch
  return `insert into crm.quotes (id, deal_id, valid_until, accepted, created_by, created_at)
    select g, ${refer(batch, 'crm.deals', 'quote/deal', 'lately')}, (at + interval '30 days')::date,
      case when age > 0.03 then ${draw.chance('g', 'quote/accepted', 0.45)} end, ${nth(people, `${somebody(batch, 'quote/by')} - 1`)}, at
    from ${source['crm.quotes']}`
}

function quoteLines({ draw, source, portal }: Batch): string {
  const key = 'g * 8 + line'
  return `insert into crm.quote_lines (quote_id, line, product_id, quantity, unit_price)
    select g, line, product.id, ${draw.whole(key, 'line/quantity', 1, 40)}, product.unit_price
    from ${source['crm.quotes']}
    cross join lateral generate_series(1, 1 + (${draw.hash('g', 'line/count')} % 4)::int) line
    join crm.products product on product.id = ${draw.whole(key, 'line/product', 1, portal.productNames.length)}`
}

/** Some of those who get no newsletter had one before. Old addresses have been cleared away. */
function optOuts({ words, draw, source }: Batch): string {
  return `insert into crm.opt_outs (at, email, channel, source)
    select c.updated_at, c.email, case when ${draw.chance('g', 'opt-out/calls', 0.2)} then 'calls' else 'newsletter' end, ${draw.pick('g', 'opt-out/source', words.optOutSources)}
    from ${source['crm.contacts']} join crm.contacts c on c.id = r.g where age > 0 and age < 0.3 and not c.newsletter and ${draw.chance('g', 'opt-out', 0.08)} order by c.id`
}

/** Two columns, `first_name` and `last_name`, that agree with each other. */
export function personOf({ words, draw }: Pick<Batch, 'words' | 'draw'>, salt: string): string {
  const woman = draw.chance('g', `${salt}/woman`, 0.5)
  const first = (pool: string[]) => draw.pick('g', `${salt}/first`, pool)
  const last = (pool: string[]) => draw.pick('g', `${salt}/last`, pool)
  return `case when ${woman} then ${first(words.firstNames.women)} else ${first(words.firstNames.men)} end as first_name,
      case when ${woman} then ${last(words.lastNames.women)} else ${last(words.lastNames.men)} end as last_name`
}

/** Most rows are touched again within some weeks, but never after the batch's own end. */
export function updatedAt({ draw, gaps, portal }: Pick<Batch, 'draw' | 'gaps' | 'portal'>, salt: string): string {
  if (gaps) return 'at'
  return `at + make_interval(days => floor(power(${draw.unit('g', `${salt}/updated`)}, 3) * least(60, age * ${portal.workingDays}))::int)`
}
