import type { Locale } from '#lib/domain/actor.ts'
import { bindWords } from '#lib/domain/bind-words.ts'
import { unseal } from '#lib/runtime/seal.ts'
import { instantInWords, number, oneLine, rows, seconds } from './format.ts'
import { linkTo, pages } from './links.ts'
import { isSharedBox } from './shared-box.ts'
import { schemaOf, type TemplateName } from './templates/data.ts'
import { english } from './templates/en.ts'
import { polish } from './templates/pl.ts'
import type { MailWords, Templates, Tools } from './templates/words.ts'

/** Under which purpose links and codes are sealed into the outbox. */
export const sealPurpose = 'mail'

/** `ofDesk`: somebody of the vendor, whose links lead to the desk's own pages. */
export type Reader = { email: string; locale: Locale; timeZone: string; ofDesk: boolean }
export type Letter = { subject: string; text: string; html: string }
type Desk = { appUrl: string; authSecret: string }

/** A mail as it will be sent, in the reader's language (S90). Throws when `data` is not what the template needs. */
export function renderMail<T extends TemplateName>(template: T, data: unknown, reader: Reader, desk: Desk): Letter {
  const parsed = schemaOf[template].parse(data)
  const words: Templates = reader.locale === 'pl' ? polish : english
  const written = bound(words[template](parsed, toolsFor(reader, desk)), reader.locale)
  const ticket = 'number' in parsed ? parsed.number : null
  const link = written.button === null ? null : linkOf(template, ticket, parsed, reader, desk)
  return {
    subject: ticket === null ? written.subject : `[#${ticket}] ${written.subject}`,
    text: asText(written, link),
    html: asHtml(written, link, reader.locale),
  }
}

function bound({ subject, paragraphs, button }: MailWords, locale: Locale): MailWords {
  const bind = (text: string) => bindWords(text, locale)
  return { subject, paragraphs: paragraphs.map(bind), button: button === null ? null : bind(button) }
}

function toolsFor(reader: Reader, desk: Desk): Tools {
  const discreet = isSharedBox(reader.email)
  return {
    at: (iso) => instantInWords(iso, reader.locale, reader.timeZone),
    by: (iso, sentence) => (iso === null ? [] : [sentence(instantInWords(iso, reader.locale, reader.timeZone))]),
    portal: (name, named, unnamed) => (discreet ? unnamed : named(oneLine(name))),
    count: (sentence) => (discreet ? [] : [sentence()]),
    rows: (count) => rows(count, reader.locale),
    number: (count) => number(count, reader.locale),
    seconds: (ms) => seconds(ms, reader.locale),
    typed: (text, before) => (discreet || oneLine(text) === '' ? [] : [`${before} ${oneLine(text)}`]),
    plain: oneLine,
    unsealed: (sealed) => unseal(desk.authSecret, sealPurpose, sealed),
  }
}

function linkOf(template: TemplateName, number: number | null, data: object, reader: Reader, desk: Desk): string {
  if (template === 'sign_in_link' && 'sealed' in data) {
    const path = unseal(desk.authSecret, sealPurpose, String(data.sealed))
    return linkTo(desk.appUrl, path)
  }
  if (template === 'mass_deletion') return linkTo(desk.appUrl, deletionPath(data, reader))
  return linkTo(desk.appUrl, pathOf(template, number, reader))
}

/** One click to a ticket with point and scope proposed (R15); an address may name the portal, which a shared box must not (S15). */
function deletionPath(data: object, { email }: Reader): string {
  const { externalId, alertId } = schemaOf.mass_deletion.parse(data)
  return isSharedBox(email) ? pages.home() : pages.deletion(externalId, alertId)
}

function pathOf(template: TemplateName, number: number | null, { ofDesk }: Reader): string {
  if (number === null) return template === 'second_step_enrolled' ? pages.account() : ofDesk ? pages.desk() : pages.home()
  switch (template) {
    case 'owner_asked':
    case 'owner_reminder':
    case 'owner_asked_again':
      return pages.consent(number)
    case 'plan_needed':
      return pages.upgrade(number)
    case 'approval_asked':
    case 'approval_escalated':
      return pages.approval(number)
    default:
      return ofDesk ? pages.deskTicket(number) : pages.ticket(number)
  }
}

function asText(words: MailWords, link: string | null): string {
  const parts = [...words.paragraphs, ...(link === null ? [] : [`${words.button}:\n${link}`]), '-- \nRestore Desk']
  return `${parts.join('\n\n')}\n`
}

function asHtml(words: MailWords, link: string | null, locale: Locale): string {
  const paragraphs = words.paragraphs.map((text) => `<p style="margin:0 0 16px">${escaped(text)}</p>`).join('\n')
  const button =
    link === null
      ? ''
      : `<p style="margin:24px 0"><a href="${escaped(link)}" target="_blank" rel="noopener" style="background:#00586b;color:#fff;padding:12px 20px;border-radius:6px;text-decoration:none">${escaped(words.button ?? '')}</a></p>
<p style="margin:0 0 16px;color:#555;font-size:13px;word-break:break-all">${escaped(link)}</p>`
  return `<!doctype html>
<html lang="${locale}"><head><meta charset="utf-8"><title>${escaped(words.subject)}</title></head>
<body style="margin:0;padding:24px;font:16px/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff">
<div style="max-width:560px;margin:0 auto">
${paragraphs}
${button}
<p style="margin:32px 0 0;color:#777;font-size:13px">Restore Desk</p>
</div></body></html>
`
}

/** Every value goes through here: markup that somebody typed stays text (S109). */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
