import { expect, test } from 'vitest'
import { bindMessages } from './bind-messages.ts'

test('a word of one letter stays with the next word, at any depth', () => {
  expect(bindMessages({ a: { b: 'Co wróci, a co przepadnie' }, c: '{seconds} s' }, 'pl')).toEqual({
    a: { b: 'Co wróci, a\u00a0co przepadnie' },
    c: '{seconds}\u00a0s',
  })
})
