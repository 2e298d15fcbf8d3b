const longest = 80
/** Windows keeps these for devices, whatever the ending. */
const devices = /^(con|prn|aux|nul|com\d|lpt\d|clock\$)$/i
// Path separators, what Windows and shells refuse, control characters, and marks that turn text around or cannot be seen.
const unsafe = /[\\/:*?"<>|\p{Cc}\p{Cf}\p{Zl}\p{Zp}\uFFFD]/gu

/** Gives each wanted name (without its ending) a safe one that no other has, also where case or accents are spelt otherwise (S100). */
export function distinctNames(): (wanted: string) => string {
  const taken = new Set<string>()
  return (wanted) => {
    const safe = safeName(wanted)
    for (let number = 1; ; number++) {
      const name = number === 1 ? safe : `${safe} (${number})`
      const same = name.normalize('NFKC').toLowerCase()
      if (taken.has(same)) continue
      taken.add(same)
      return name
    }
  }
}

function safeName(wanted: string): string {
  const cleaned = [...wanted.normalize('NFC').replaceAll(unsafe, '_')]
    .slice(0, longest)
    .join('')
    .replace(/^[\s.]+|[\s.]+$/g, '')
  if (cleaned === '') return '_'
  return devices.test(cleaned.split('.')[0] ?? '') ? `_${cleaned}` : cleaned
}

const longestPart = 150

/** One part of a path as a name inside a zip: its ending and a leading dot stay, what systems refuse goes. */
export function safePart(wanted: string): string {
  const cleaned = wanted
    .normalize('NFC')
    .replaceAll(unsafe, '_')
    .replace(/[\s.]+$|^\s+/g, (found) => '_'.repeat(found.length))
  const characters = [...cleaned]
  const ending = /\.[^.]{1,15}$/u.exec(cleaned)?.[0] ?? ''
  const kept =
    characters.length <= longestPart ? cleaned : `${characters.slice(0, longestPart - [...ending].length).join('')}${ending}`
  if (kept === '') return '_'
  return devices.test(kept.split('.')[0] ?? '') ? `_${kept}` : kept
}
