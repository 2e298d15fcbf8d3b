import { safePart } from './file-names.ts'

/**
 * Gives each path of a portal's files the one it has inside a zip below `folder`: every part is a name that no system refuses or takes for a way out of the folder (`..`,
 * drives, devices), and no two files share one, also where case or accents are spelt otherwise, nor does a file take the place of a folder (S100).
 */
export function archivePaths(folder: string): (path: string) => string {
  const files = new Set<string>()
  const folders = new Set<string>()
  return (path) => {
    const parts = path.split('/').filter((part) => part !== '')
    const safe = (parts.length === 0 ? [''] : parts).map(safePart)
    const name = safe.pop() ?? '_'
    const within = foldersOf([folder, ...safe], files, folders)
    for (let number = 1; ; number++) {
      const candidate = `${within}/${numbered(name, number)}`
      const same = sameAs(candidate)
      if (files.has(same) || folders.has(same)) continue
      files.add(same)
      return candidate
    }
  }
}

/** The folders one by one: where a file has a name already, its namesake is numbered. */
function foldersOf(parts: string[], files: ReadonlySet<string>, folders: Set<string>): string {
  let within = ''
  for (const part of parts) {
    let number = 1
    const at = () => `${within === '' ? '' : `${within}/`}${numbered(part, number)}`
    while (files.has(sameAs(at()))) number += 1
    within = at()
    folders.add(sameAs(within))
  }
  return within
}

const sameAs = (path: string): string => path.normalize('NFKC').toLowerCase()

/** `scan.pdf` → `scan (2).pdf`. */
function numbered(name: string, number: number): string {
  if (number === 1) return name
  const dot = name.lastIndexOf('.')
  return dot <= 0 ? `${name} (${number})` : `${name.slice(0, dot)} (${number})${name.slice(dot)}`
}
