import { expect, test } from 'vitest'
import { localeCookie, readLocale, readTheme, themeCookie } from './read-preferences.ts'

const jar = (cookies: Record<string, string>) => ({
  get: (name: string) => (cookies[name] === undefined ? undefined : { value: cookies[name] }),
})
const asks = (language: string | null) => ({ get: () => language })

test('the language that was chosen goes before what the browser asks for', () => {
  expect(readLocale(jar({ [localeCookie]: 'pl' }), asks('en-GB'))).toBe('pl')
})

test.each([
  ['pl-PL,pl;q=0.9,en;q=0.8', 'pl'],
  ['de-DE,en;q=0.4,pl;q=0.7', 'pl'],
  ['fr', 'en'],
  ['pl;q=0, en', 'en'],
  ['', 'en'],
  [null, 'en'],
  [';;;,q=,=pl', 'en'],
])('a browser that asks for %s is answered in %s', (language, locale) => {
  expect(readLocale(jar({ [localeCookie]: 'klingon' }), asks(language))).toBe(locale)
})

test('light is the device’s unless one was chosen', () => {
  expect(readTheme(jar({}))).toBe('system')
  expect(readTheme(jar({ [themeCookie]: 'dark' }))).toBe('dark')
  expect(readTheme(jar({ [themeCookie]: 'purple' }))).toBe('system')
})
