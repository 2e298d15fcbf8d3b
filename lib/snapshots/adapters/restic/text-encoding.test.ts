import { expect, test } from 'vitest'
import { z } from 'zod'
import { serverUrl } from '#db/testing/databases.ts'
import { select, withClient } from '../postgres/connect.ts'
import { readableEncodings, textOf } from './text-encoding.ts'

/** As the server itself reads the bytes; null where they are no letter of that encoding. */
const converted = `
  create function pg_temp.letter(given bytea, encoding text) returns text language plpgsql as $$
    begin return convert_from(given, encoding); exception when others then return null; end $$`

const bytes = Array.from({ length: 128 }, (_, at) => 128 + at)
const inside = bytes.filter((byte) => byte >= 0xa1 && byte <= 0xfe)
const ofOne = bytes.map((byte) => Buffer.of(byte))
const ofTwo = inside.flatMap((first) => inside.map((second) => Buffer.of(first, second)))
const ofThree = ofTwo.map((two) => Buffer.from([0x8f, ...two]))

function lettersOf(encoding: string): Buffer[] {
  if (encoding === 'EUC_JP') return [...ofOne, ...ofTwo, ...ofThree]
  return /^(EUC|GBK|SJIS)/.test(encoding) ? [...ofOne, ...ofTwo] : ofOne
}

test.each(readableEncodings.filter((name) => name !== 'SQL_ASCII'))(
  'every letter of %s is read as the server reads it, or known not to be read',
  async (encoding) => {
    const text = textOf(encoding)
    if (!text) throw new Error(`${encoding} is not read`)
    const given = lettersOf(encoding)
    const told = await withClient(serverUrl(), undefined, async (client) => {
      await client.query(converted)
      const asked = `select pg_temp.letter(given, $2) as letter from unnest($1::bytea[]) with ordinality as u(given, n) order by n`
      return select(client, z.object({ letter: z.string().nullable() }), asked, [given, encoding])
    })
    const letters = told.flatMap(({ letter }, at) =>
      letter === null ? [] : [{ letter, read: text.decode(given[at] ?? Buffer.of()) }],
    )
    expect(letters.filter(({ letter, read }) => read !== letter && (text.isExact || !read.includes('\ufffd')))).toEqual([])
    if (encoding !== 'UTF8')
      expect(letters.filter(({ letter, read }) => read === letter).length).toBeGreaterThan(letters.length * 0.99)
  },
)

test.each(['EUC_TW', 'EUC_JIS_2004', 'JOHAB', 'MULE_INTERNAL', 'UHC', 'nonsense', 'toString'])(
  '%s is not guessed',
  (encoding) => {
    expect(textOf(encoding)).toBeNull()
  },
)
