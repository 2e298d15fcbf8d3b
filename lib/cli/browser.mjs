// Finds a Chromium for the browser journeys, and gets one where there is none.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome']

/**
 * The machine's own Chromium, else Playwright's (path null: Playwright finds it), downloaded when missing, else Debian's through apt.
 * `run` runs a command and says whether it succeeded. Returns `{ ok, path }`, or `{ ok: false, reason }` in plain words.
 */
export async function findBrowser(run) {
  const own = onMachine()
  if (own) return { ok: true, path: own }
  if (existsSync(await playwrightsOwn())) return { ok: true, path: null }
  console.log('No Chromium here: Playwright installs one …')
  const isRoot = process.getuid?.() === 0
  if (await run('playwright', ['install', ...(isRoot ? ['--with-deps'] : []), 'chromium'])) return { ok: true, path: null }
  if (isRoot && existsSync('/usr/bin/apt-get')) {
    console.log('Playwright could not: trying the package chromium of the system …')
    if ((await run('apt-get', ['update', '-qq'])) && (await run('apt-get', ['install', '-y', '-qq', 'chromium'])))
      return { ok: true, path: onMachine() }
  }
  return {
    ok: false,
    reason: 'there is no Chromium and none could be installed. Install one (as root: apt-get install chromium), then run again.',
  }
}

function onMachine() {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const paths = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)))
  return paths.find((path) => existsSync(path) && spawnSync(path, ['--version']).status === 0) ?? null
}

/** Imported late: the packages may just have been installed. */
async function playwrightsOwn() {
  const { chromium } = await import('@playwright/test')
  return chromium.executablePath()
}
