import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const css = readFileSync(new URL('../globals.css', import.meta.url), 'utf8')

/** Every token in both lights, as linear sRGB. */
const tokens = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\(oklch\(([^)]+)\), oklch\(([^)]+)\)\)/g)].map(
    ([, name = '', light = '', dark = '']) => [name, { light: linear(light), dark: linear(dark) }],
  ),
)

const grounds = ['canvas', 'surface', 'sunken', 'hover', 'raised']
const texts: [string, string[]][] = [
  ...['ink', 'soft', 'faint', 'accent', 'accent-strong'].map((text): [string, string[]] => [text, grounds]),
  ...['danger', 'warn', 'good', 'run'].map((text): [string, string[]] => [text, ['canvas', 'surface', 'sunken', `${text}-tint`]]),
  ...['danger', 'warn', 'good', 'run', 'accent'].flatMap((tint): [string, string[]][] => [
    ['ink', [`${tint}-tint`]],
    ['soft', [`${tint}-tint`]],
    ['faint', [`${tint}-tint`]],
  ]),
  ['accent', ['accent-tint']],
  ['on-accent', ['accent', 'accent-strong']],
  ['on-danger', ['danger', 'danger-strong']],
]
const marks: [string, string[]][] = [
  ['control', ['canvas', 'surface', 'raised']],
  ...['good-fill', 'run-fill', 'danger', 'accent'].map((mark): [string, string[]] => [mark, ['surface']]),
]

test('text has at least 4.5:1 on each ground it may stand on, in light and in dark', () => {
  expect(tooWeak(texts, 4.5)).toEqual([])
})

test('borders of controls and bars have at least 3:1', () => {
  expect(tooWeak(marks, 3)).toEqual([])
})

function tooWeak(pairs: [string, string[]][], least: number): string[] {
  return pairs.flatMap(([front, backs]) =>
    backs.flatMap((back) =>
      (['light', 'dark'] as const).flatMap((theme) => {
        const ratio = contrast(colour(front)[theme], colour(back)[theme])
        return ratio < least ? [`${front} on ${back} in ${theme}: ${ratio.toFixed(2)}`] : []
      }),
    ),
  )
}

function colour(name: string): { light: Rgb; dark: Rgb } {
  const found = tokens.get(name)
  if (!found) throw new Error(`there is no token ${name}`)
  return found
}

type Rgb = [number, number, number]

function contrast(one: Rgb, other: Rgb): number {
  const luminance = ([r, g, b]: Rgb) => 0.2126 * r + 0.7152 * g + 0.0722 * b
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return (high + 0.05) / (low + 0.05)
}

/** OKLCH to linear sRGB (Ottosson's matrices), cut to what a screen can show. */
function linear(oklch: string): Rgb {
  const [lightness = 0, chroma = 0, hue = 0] = oklch.split(/[\s/]+/).map(Number)
  const angle = (hue * Math.PI) / 180
  const [a, b] = [chroma * Math.cos(angle), chroma * Math.sin(angle)]
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
  const rgb: Rgb = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ]
  return [cut(rgb[0]), cut(rgb[1]), cut(rgb[2])]
}

function cut(value: number): number {
  return Math.min(1, Math.max(0, value))
}
