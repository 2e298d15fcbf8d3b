import { expect, test } from 'vitest'
import { archivePaths } from './file-paths.ts'

test('S100 whatever a file is called, its path in the archive stays within the folder, is one that every system takes, and is its own', () => {
  const path = archivePaths('files')
  const wanted: [string, string][] = [
    ['contracts/2026/Umowa – ostateczna.pdf', 'files/contracts/2026/Umowa – ostateczna.pdf'],
    ['../../etc/passwd', 'files/__/__/etc/passwd'],
    ['/etc/passwd', 'files/etc/passwd'],
    ['a/./b', 'files/a/_/b'],
    ['C:\\Windows\\system.ini', 'files/C__Windows_system.ini'],
    ['a\\..\\b.txt', 'files/a_.._b.txt'],
    ['CON.txt', 'files/_CON.txt'],
    ['.htaccess', 'files/.htaccess'],
    ['gpj\u202Eexe', 'files/gpj_exe'],
    ['line\nbreak.txt', 'files/line_break.txt'],
    ['Scan.pdf', 'files/Scan.pdf'],
    ['scan.PDF', 'files/scan (2).PDF'],
    ['e\u0301.txt', 'files/é.txt'],
    ['é.txt', 'files/é (2).txt'],
    ['dots...', 'files/dots___'],
    ['', 'files/_'],
    // A file where a folder of that name is already, and a folder where a file is.
    ['contracts', 'files/contracts (2)'],
    ['SCAN.pdf/inside.txt', 'files/SCAN (3).pdf/inside.txt'],
  ]
  for (const [given, safe] of wanted) expect(path(given), given).toBe(safe)
})

test('a name too long for a system keeps its ending', () => {
  const path = archivePaths('files')
  const safe = path(`${'x'.repeat(300)}.docx`)
  expect(safe).toHaveLength('files/'.length + 150)
  expect(safe.endsWith('.docx')).toBe(true)
})
