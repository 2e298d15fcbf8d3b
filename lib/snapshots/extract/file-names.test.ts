import { expect, test } from 'vitest'
import { distinctNames } from './file-names.ts'

test('S100 whatever a table is called, its file has a safe name of its own', () => {
  const name = distinctNames()
  const wanted = [
    'Deals',
    'deals',
    'a/b',
    'a\\b',
    '../../etc/passwd',
    'CON',
    'nul.x',
    'Deals "big" 100% \\ 🙂',
    'é',
    'e\u0301',
    ' . ',
    '',
    'gpj\u202Eexe',
    'a\0b',
    'x'.repeat(300),
  ]
  expect(wanted.map(name)).toEqual([
    'Deals',
    'deals (2)',
    'a_b',
    'a_b (2)',
    '_.._etc_passwd',
    '_CON',
    '_nul.x',
    'Deals _big_ 100% _ 🙂',
    'é',
    'é (2)',
    '_',
    '_ (2)',
    'gpj_exe',
    'a_b (3)',
    'x'.repeat(80),
  ])
})
