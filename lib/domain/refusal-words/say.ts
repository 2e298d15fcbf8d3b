import type { Say } from './fact-reader.ts'

/** The same words whatever the facts. */
export const say =
  (why: string, whatWouldHelp: string | null): Say =>
  () => ({ why, whatWouldHelp })

/** With the tables that it is about, where they are known by name. */
export const naming =
  (why: string, whatWouldHelp: string | null): Say =>
  (facts) => ({ why: facts.tables() === '' ? why : why.replace(/\.$/, `: ${facts.tables()}.`), whatWouldHelp })
