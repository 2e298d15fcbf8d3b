/** Longer than any name somebody remembers; what is beyond is not looked for. */
const charactersAtMost = 200

/**
 * A regular expression of PostgreSQL for each word: any case, with or without accents, composed or not, under whatever collation. No
 * character of a word is special. `plain` is for databases that are not UTF-8: they may not have the letters that others would need, so that each
 * is looked for as it was typed and without its accent. It may be several bytes to such a server, of which a class would take one.
 */
export function wordPatterns(words: string, { plain = false } = {}): string[] {
  return distinctWords(words).map((word) =>
    plain ? [...word].map(asTypedOrBare).join('') : [...bare(word)].map((letter) => anyForm(letter, literal)).join(''),
  )
}

/** The same for text that is at hand. */
export function wordExpressions(words: string): RegExp[] {
  return distinctWords(words).map(
    (word) => new RegExp([...bare(word)].map((letter) => anyForm(letter, RegExp.escape)).join(''), 'u'),
  )
}

/** Finds where the longest of the words may be in lines of COPY, where a backslash and a backspace are written otherwise. Null: there are no words. */
export function longestInCopy(words: string): RegExp | null {
  const [longest] = distinctWords(words).sort((one, other) => other.length - one.length)
  if (longest === undefined) return null
  const inCopy = (character: string) => RegExp.escape(character.replace('\\', '\\\\').replace('\b', '\\b'))
  return new RegExp([...bare(longest)].map((letter) => anyForm(letter, inCopy)).join(''), 'gu')
}

function distinctWords(words: string): string[] {
  const typed = words.trim().slice(0, charactersAtMost).toWellFormed().replaceAll('\0', ' ').normalize('NFC')
  return [...new Set(typed.split(/\s+/u).filter((word) => word !== ''))]
}

/** Marks of alphabets that have letters without them: of a syllable in Hangul, or a sound in kana, nothing may be taken away. */
const accents = /[\u0300-\u036f]/g

/** Without case and accents. */
const bare = (text: string): string =>
  [...text.normalize('NFD').replace(accents, '').normalize('NFC')]
    .map((letter) => strokes.get(letter) ?? letter.toLowerCase())
    .join('')

/** Letters whose stroke Unicode does not take for an accent. */
const strokes = new Map(
  Object.entries({ ł: 'l', Ł: 'l', ø: 'o', Ø: 'o', đ: 'd', Đ: 'd', ħ: 'h', Ħ: 'h', ŧ: 't', Ŧ: 't', ı: 'i', İ: 'i' }),
)

/** Every Latin, Greek and Cyrillic letter by what it is without case and accent. */
const forms = new Map<string, string[]>()
for (const [first, last] of [
  [0x41, 0x24f],
  [0x370, 0x52f],
  [0x1e00, 0x1fff],
] as const) {
  for (let code = first; code <= last; code++) {
    const letter = String.fromCodePoint(code)
    if (!/\p{L}/u.test(letter)) continue
    const base = bare(letter)
    forms.set(base, [...(forms.get(base) ?? []), letter])
  }
}

function anyForm(letter: string, otherwise: (character: string) => string): string {
  if (!/\p{L}/u.test(letter)) return otherwise(letter)
  return `[${[...new Set([letter, letter.toUpperCase(), ...(forms.get(letter) ?? [])])].filter(isOne).join('')}][\\u0300-\\u036f]*`
}

function asTypedOrBare(letter: string): string {
  if (!/\p{L}/u.test(letter)) return literal(letter)
  const written = [letter, bare(letter)].flatMap((one) => [one.toLowerCase(), one.toUpperCase()])
  return `(?:${[...new Set(written)].filter(isOne).join('|')})`
}

const isOne = (text: string): boolean => [...text].length === 1
const literal = (character: string): string => (/^[!-/:-@[-`{-~]$/.test(character) ? `\\${character}` : character)
