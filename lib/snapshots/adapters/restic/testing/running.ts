import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Our own children of that name, by their process ids. */
export function running(name: string): string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .filter((pid) => {
      try {
        const [, command, parent] = /^\d+ \((.*)\) \S (\d+)/.exec(readFileSync(join('/proc', pid, 'stat'), 'utf8')) ?? []
        return command === name && parent === String(process.pid)
      } catch {
        // Gone between the two looks.
        return false
      }
    })
}
