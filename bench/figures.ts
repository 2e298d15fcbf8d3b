import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export type Spread = { runs: number; min: number; p50: number; p95: number; max: number }

/** Minimum, median, 95th percentile and maximum of a figure over its runs. */
export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) => round(sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0)
  return { runs: sorted.length, min: at(0.001), p50: at(0.5), p95: at(0.95), max: at(1) }
}

/** Of the medians. */
export function ratio(values: readonly number[], of: readonly number[]): string {
  return `${(spread(values).p50 / spread(of).p50).toFixed(2)}×`
}

export const round = (value: number): number => Math.round(value * 10) / 10

/** Writes `bench/results/<name>.json` and prints the same as a table. */
export function report(name: string, figures: Record<string, Spread | number | string>): void {
  const folder = join(import.meta.dirname, 'results')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(figures, null, 2)}\n`)
  for (const [figure, value] of Object.entries(figures)) {
    const text =
      typeof value === 'object'
        ? `min ${value.min}  p50 ${value.p50}  p95 ${value.p95}  max ${value.max}  (${value.runs} runs)`
        : String(value)
    console.log(`${figure.padEnd(44)} ${text}`)
  }
}
