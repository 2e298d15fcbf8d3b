import { once } from 'node:events'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { copyStream } from './copy-stream.ts'
import { fieldValue } from './copy-text.ts'
import { knownKeys } from './known-keys.ts'

/** As pg_restore writes it: a name with a line break in it, a value that ends as the end mark does, a table without columns. */
const script = String.raw`SET client_encoding = 'UTF8';
--
-- Data for Name: deals; Type: TABLE DATA; Schema: crm; Owner: somebody
--

COPY crm.deals (id, "some ""text""", "a (b), c") FROM stdin;
1	Łódź 💡	\N
2	ends in \\.
3	\\N	\tx\\
\.


COPY "Crm % ""odd""\"."two
lines" (id) FROM stdin;
7
\.


COPY crm.nothing  FROM stdin;
\.


SELECT pg_catalog.setval('crm.deals_id_seq', 200, true);
`

async function read(pieces: Buffer[], lineBytesAtMost?: number) {
  const seen: Record<string, string> = {}
  const told: string[] = []
  const stream = copyStream(
    ({ schema, name, columns }) => {
      const table = [schema, name, ...columns].join(' | ')
      seen[table] = ''
      return {
        take: (lines) => {
          seen[table] += lines.toString()
        },
        tooLong: () => told.push(`${name} too long`),
      }
    },
    (name) => {
      told.push(name)
      return (bytes) => bytes.toString()
    },
    lineBytesAtMost,
  )
  await pipeline(Readable.from(pieces), stream)
  return { seen, told }
}

const whole = {
  seen: {
    'crm | deals | id | some "text" | a (b), c': '1\tŁódź 💡\t\\N\n2\tends in \\\\.\n3\t\\\\N\t\\tx\\\\\n',
    'Crm % "odd"\\ | two\nlines | id': '7\n',
    'crm | nothing': '',
  },
  told: ['UTF8'],
}

test('S100 rows come out the same wherever the stream is cut', async () => {
  const bytes = Buffer.from(script)
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 40 }), async (cuts) => {
      const at = [0, ...cuts.toSorted((one, other) => one - other), bytes.length]
      const pieces = at.slice(1).map((end, index) => bytes.subarray(at[index], end))
      expect(await read(pieces.filter(({ length }) => length > 0))).toEqual(whole)
    }),
  )
})

test.each(["SET client_encoding = 'EUC_TW';\n", 'COPY crm.deals (id) FROM stdin;\n', 'COPY crm.nothing  FROM stdin;\n1\n'])(
  'S121 what is thrown on reading %j is the stream’s error, and not thrown at whoever writes',
  async (text) => {
    const stop = (): never => {
      throw new Error('cannot be read')
    }
    const stream = copyStream(({ name }) => (name === 'nothing' ? { take: stop, tooLong: stop } : stop()), stop)
    const failed = once(stream, 'error')
    stream.write(Buffer.from(text))
    expect(await failed).toEqual([new Error('cannot be read')])
  },
)

test('S120 a line that would fill the memory is left out and said, and the rows after it are read', async () => {
  const pieces = ['COPY crm.deals (id, body) FROM stdin;\n1\tx\n2\t', 'y'.repeat(90), 'y'.repeat(90), 'y\n3\tz\n\\.\n\n']
  expect(
    await read(
      pieces.map((piece) => Buffer.from(piece)),
      100,
    ),
  ).toEqual({
    seen: { 'crm | deals | id | body': '1\tx\n3\tz\n' },
    told: ['deals too long'],
  })
})

test('a value is what it was before COPY wrote it', () => {
  expect(['\\N', '', '\\\\N', '\\\\.', 'a\\tb\\nc\\\\d', undefined].map(fieldValue)).toEqual([
    null,
    '',
    '\\N',
    '\\.',
    'a\tb\nc\\d',
    null,
  ])
})

test('among a hundred thousand keys those that are there are known, and no others', () => {
  const keys = knownKeys()
  for (let key = 0; key < 100_000; key++) keys.add(`${key}\0x`)
  expect(keys.size()).toBe(100_000)
  const asked = Array.from({ length: 2_000 }, (_, at) => `${at * 100}\0x`)
  expect([...keys.among(asked)]).toEqual(asked.filter((key) => Number(key.slice(0, -2)) < 100_000))
})
