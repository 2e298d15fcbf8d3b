import type { TemplateData, TemplateName } from './data.ts'

/** What the words are made with. In a mail to a shared box `portal` names nothing and `count` says nothing (S15). */
export type Tools = {
  /** An instant in the reader's zone. */
  at: (iso: string) => string
  /** A sentence with a deadline; left out where there is none. */
  by: (iso: string | null, sentence: (at: string) => string) => string[]
  /** "the portal “Acme”", or "your portal" where names must not be said. Each language has its own cases. */
  portal: (name: string, named: (name: string) => string, unnamed: string) => string
  /** A sentence with numbers; left out of mails to shared boxes. */
  count: (sentence: () => string) => string[]
  rows: (count: number) => string
  number: (count: number) => string
  seconds: (ms: number) => string
  /** What somebody typed (a reason); left out of mails to shared boxes. */
  typed: (text: string, before: string) => string[]
  /** A word from a portal's settings, on one line. */
  plain: (text: string) => string
  /** Opens what was sealed: a code. Links are not shown in text but behind the button. */
  unsealed: (sealed: string) => string
}

export type MailWords = {
  /** No names, no counts, no titles: subjects are seen on lock screens. A ticket's number is put before it. */
  subject: string
  paragraphs: string[]
  /** What the button says; null for a mail that leads nowhere. */
  button: string | null
}

export type Templates = { [T in TemplateName]: (data: TemplateData<T>, tools: Tools) => MailWords }

/** What becomes of the portal's own files; nothing where they are not moved. */
export function filesLine(
  files: TemplateData<'restored'>['portalFiles'],
  { count, number }: Tools,
  sentence: (figures: { back: string; lost: string; changed: string }) => string,
): string[] {
  if (files === undefined) return []
  return count(() => sentence({ back: number(files.back), lost: number(files.lost), changed: number(files.changed) }))
}
