import { readFile } from 'node:fs/promises'
import type { z } from 'zod'
import { WrongUse } from './command.ts'

/** A file that a command takes. Throws `WrongUse` with the system's or the parser's own words. */
export async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (cause) {
    throw new WrongUse(`${file}: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
}

/** Where in the file, and what is wrong there; the first part of a path is our own name for the whole file. */
export function wrongFile({ issues }: z.ZodError): WrongUse {
  return new WrongUse(issues.map(({ path, message }) => `${path.slice(1).join('.')}: ${message}`).join('\n'))
}
