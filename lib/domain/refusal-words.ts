import type { Locale } from './actor.ts'
import type { TicketContext } from './machine-context.ts'
import type { Refusal, RefusalCode } from './refusal.ts'
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
  return words[reader.locale][code](factReader(facts, reader))
}

/** Why a run ended without success. The technical detail is for the desk and is not in here. */
export function failureWords({ kind, refusal }: NonNullable<TicketContext['failure']>, reader: Reader): string {
  if (refusal !== null) return refusalWords(refusal, reader).why
  return (reader.locale === 'pl' ? failuresPl : failuresEn)[kind]
}
