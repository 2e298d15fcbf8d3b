import type { ExtractedColumn } from '../port.ts'

/** How a spreadsheet of this language takes a file apart: a Polish one counts with commas, so it divides cells by semicolons. */
export type Spreadsheet = { separator: ',' | ';'; decimal: '.' | ',' }

export const spreadsheets: Record<'en' | 'pl', Spreadsheet> = {
  en: { separator: ',', decimal: '.' },
  pl: { separator: ';', decimal: ',' },
}

const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
// Spreadsheets run what begins so, some also the wide forms that an Asian keyboard types, or what comes after a break (S118).
const formula = /^[=+\-@\t\r\n＝＋－＠]/

/** One value as a cell for people: what would run as a formula is marked as text, a number is left a number. Null is an empty cell. */
export function cellOf(value: string | null, kind: ExtractedColumn['kind'], spreadsheet: Spreadsheet): string {
  if (value === null) return ''
  if (kind === 'number' && number.test(value)) return quotedCell(value.replace('.', spreadsheet.decimal), spreadsheet)
  return textCell(value, spreadsheet)
}

/** A text: a heading, or a value that is no number. */
export function textCell(text: string, spreadsheet: Spreadsheet): string {
  return quotedCell(formula.test(text) && !number.test(text) ? `'${text}` : text, spreadsheet)
}

function quotedCell(text: string, { separator }: Spreadsheet): string {
  return /["\r\n\t]/.test(text) || text.includes(separator) || /^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
