import type { Locale } from './actor.ts'
import { bindWords } from './bind-words.ts'
import type { CaptureReason } from './capture-reasons.ts'
import type { TicketContext } from './machine-context.ts'
import type { Refusal, RefusalCode } from './refusal.ts'
import { captureReasonsEn, captureReasonsPl } from './refusal-words/capture-reasons.ts'
import { deskEn } from './refusal-words/desk-en.ts'
import { deskPl } from './refusal-words/desk-pl.ts'
import { engineEn } from './refusal-words/engine-en.ts'
import { enginePl } from './refusal-words/engine-pl.ts'
import { factReader, type Say, type Words } from './refusal-words/fact-reader.ts'
import { failuresEn, failuresPl } from './refusal-words/failures.ts'

// Exhaustive by type: a new code without a sentence in both languages does not compile.
const words: Record<Locale, Record<RefusalCode, Say>> = {
  en: { ...deskEn, ...engineEn },
  pl: { ...deskPl, ...enginePl },
}

export type Reader = { locale: Locale; timeZone: string }

/** A refusal as its reader is told it: plain text, instants in their time zone. */
export function refusalWords({ code, facts }: Pick<Refusal, 'code' | 'facts'>, reader: Reader): Words {
  const { why, whatWouldHelp } = words[reader.locale][code](factReader(facts, reader))
  const bound = (text: string) => bindWords(text, reader.locale)
  return { why: bound(why), whatWouldHelp: whatWouldHelp === null ? null : bound(whatWouldHelp) }
}

/**
 * Why a run ended without success, and where a rule said so what would help. That the portal is as it was before is said by the page or mail
 * around it; the technical detail is for the desk and is not in here.
 */
export function failureWords({ kind, refusal }: NonNullable<TicketContext['failure']>, reader: Reader): Words {
  if (refusal !== null) return refusalWords(refusal, reader)
  return { why: bindWords((reader.locale === 'pl' ? failuresPl : failuresEn)[kind], reader.locale), whatWouldHelp: null }
}

/** Why a restore point is missing or cannot be used (S27): said to everybody, while the text of the program that failed is a detail for the desk. */
export function captureReasonWords(reason: CaptureReason, locale: Locale): string {
  return bindWords((locale === 'pl' ? captureReasonsPl : captureReasonsEn)[reason], locale)
}
