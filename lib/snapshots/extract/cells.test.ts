import { expect, test } from 'vitest'
import { cellOf, spreadsheets, textCell } from './cells.ts'

// S118: what a spreadsheet would run, and what only looks like it.
test.each([
  ['=1+1', "'=1+1"],
  ['=HYPERLINK("http://evil","x")', `"'=HYPERLINK(""http://evil"",""x"")"`],
  ['+48 600 100 200', "'+48 600 100 200"],
  ['-2+3+cmd|calc', "'-2+3+cmd|calc"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', `"'\t=1"`],
  ['\r=1', `"'\r=1"`],
  ['\n=1', `"'\n=1"`],
  ['＝1+1', "'＝1+1"],
  ['-', "'-"],
  ['-5', '-5'],
  ['+5', '+5'],
  ['-12.50', '-12.50'],
  ['-1e-7', '-1e-7'],
  ['-1,5', `"'-1,5"`],
  ['a=1', 'a=1'],
  ["'=1", "'=1"],
  ['a "b"', '"a ""b"""'],
  ['a,b', '"a,b"'],
  ['two\nlines', '"two\nlines"'],
  [' led by a space', '" led by a space"'],
  ['Zażółć', 'Zażółć'],
])('S118 a text %j is the cell %j', (text, cell) => {
  expect(textCell(text, spreadsheets.en)).toBe(cell)
  expect(cellOf(text, 'other', spreadsheets.en)).toBe(cell)
})

test.each([
  ['-12.50', '-12.50', '-12,50'],
  ['12345678901234567890.123456789', '12345678901234567890.123456789', '12345678901234567890,123456789'],
  ['NaN', 'NaN', 'NaN'],
  ['-Infinity', "'-Infinity", "'-Infinity"],
])('S118 a number %j stays a number in English (%j) and in Polish (%j)', (value, en, pl) => {
  expect([cellOf(value, 'number', spreadsheets.en), cellOf(value, 'number', spreadsheets.pl)]).toEqual([en, pl])
})

test('null is an empty cell, and a Polish spreadsheet divides by semicolons', () => {
  expect(cellOf(null, 'other', spreadsheets.en)).toBe('')
  expect([textCell('a;b', spreadsheets.pl), textCell('a,b', spreadsheets.pl)]).toEqual(['"a;b"', 'a,b'])
})
