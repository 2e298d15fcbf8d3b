import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'

// I8: pages, routes and actions are closed unless they are named here, each with its reason. A guard is a call of require…() from
// lib/identity (or one built on it); an action is looked at one by one, with the helpers of its own file.

const open: Record<string, string> = {
  'app/sign-in/page.tsx': 'how one comes in',
  'app/sign-in/confirm/page.tsx': 'shows nothing but a button (S11)',
  'app/sign-in/actions.ts#requestSignInLink': 'how one comes in',
  'app/sign-in/actions.ts#signInAsDemoPerson': 'the demo only: 404 elsewhere',
  'app/sign-in/actions.ts#signOut': 'how one goes out',
  'app/api/auth/callback/mail/route.ts': 'the button of the sign-in link; needs its token',
  'app/api/hooks/billing/demo/route.ts': 'needs a signature; the demo only',
  'app/api/health/live/route.ts': 'says only that the process answers',
  'app/api/health/ready/route.ts': 'says only whether the parts answer',
  'app/_ui/preferences/set-preferences.ts#setLocale': 'touches only the caller’s own cookie',
  'app/_ui/preferences/set-preferences.ts#setTheme': 'touches only the caller’s own cookie',
  'app/demo/page.tsx': 'the demo only: 404 elsewhere',
  'app/demo/people/page.tsx': 'the demo only: 404 elsewhere',
  'app/demo/mail/page.tsx': 'the demo only: 404 elsewhere',
  'app/demo/mail/[id]/page.tsx': 'the demo only: 404 elsewhere',
}

const guard = /\b(?:await )?(?:require(?!Demo\b)[A-Z]\w*|currentActor|currentSession)\(/

const sources = globSync('app/**/*.{ts,tsx}', { cwd: new URL('..', import.meta.url) })
  .filter((path) => !path.endsWith('.test.ts'))
  .map((path) => ({ path: path.replaceAll('\\', '/'), text: readFileSync(new URL(`../${path}`, import.meta.url), 'utf8') }))
const pages = sources.filter(({ path }) => /\/(?:page\.tsx|route\.ts)$/.test(path))
const actionFiles = sources.filter(({ text }) => text.includes("'use server'"))

test('I8 every page and route asks who is there, or is open by name', () => {
  expect(pages.length).toBeGreaterThan(10)
  expect(pages.filter((page) => !isGuardedPage(page) && !(page.path in open)).map(({ path }) => path)).toEqual([])
})

test('I8 every server action asks who is there, or is open by name', () => {
  const unguarded = actionFiles.flatMap(({ path, text }) => {
    const functions = functionsOf(text)
    return [...functions]
      .filter(([, { exported }]) => exported)
      .map(([name]) => name)
      .filter((name) => !isGuarded(name, functions, new Set()) && !(`${path}#${name}` in open))
      .map((name) => `${path}#${name}`)
  })
  expect(actionFiles.length).toBeGreaterThan(2)
  expect(unguarded).toEqual([])
})

test('actions stand in files of their own, so that none is missed', () => {
  expect(actionFiles.filter(({ text }) => !text.startsWith("'use server'")).map(({ path }) => path)).toEqual([])
})

test('nothing is open by a name that is gone', () => {
  const known = new Set(sources.map(({ path }) => path))
  expect(Object.keys(open).filter((name) => !known.has(name.split('#')[0] ?? ''))).toEqual([])
})

/** Itself, or by a read of its own room (`../_parts/….ts`) that asks and that it calls. */
function isGuardedPage({ path, text }: { path: string; text: string }): boolean {
  if (guard.test(text)) return true
  return [...text.matchAll(/^import \{ (\w+) \} from '(\.[^']+\.ts)'/gm)].some(([, name = '', from = '']) => {
    const imported = sources.find((source) => source.path === join(dirname(path), from))
    return imported !== undefined && guard.test(imported.text) && text.includes(`${name}(`)
  })
}

type Functions = Map<string, { exported: boolean; body: string }>

/** Top-level functions of a file, by name; each body ends where the next top-level statement begins. */
function functionsOf(text: string): Functions {
  const starts = [...text.matchAll(/^(export )?(?:default )?(?:async )?function (\w+)/gm)]
  return new Map(
    starts.map((start, n) => {
      const body = text.slice(start.index, starts[n + 1]?.index)
      return [start[2] ?? '', { exported: start[1] !== undefined, body }]
    }),
  )
}

function isGuarded(name: string, functions: Functions, seen: Set<string>): boolean {
  const found = functions.get(name)
  if (!found || seen.has(name)) return false
  seen.add(name)
  if (guard.test(found.body)) return true
  return [...functions.keys()].some((other) => found.body.includes(`${other}(`) && isGuarded(other, functions, seen))
}
