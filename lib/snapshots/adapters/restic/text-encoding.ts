/** Text of an archive. `isSummable`: the server sums the same bytes that the decoded text has. `isExact`: letters that are none are in the database, not for want of a table here. */
export type Text = { decode: (bytes: Buffer) => string; isSummable: boolean; isExact: boolean }

/**
 * PostgreSQL's names of the encodings that can be read here, and what TextDecoder calls them. Not among them: what it has no table for (EUC_TW,
 * EUC_JIS_2004, SHIFT_JIS_2004, JOHAB, MULE_INTERNAL, UHC) or one that differs from PostgreSQL's in many letters (BIG5, GB18030).
 */
const labels = new Map(
  Object.entries({
    LATIN2: 'iso-8859-2',
    LATIN3: 'iso-8859-3',
    LATIN4: 'iso-8859-4',
    LATIN5: 'iso-8859-9',
    LATIN6: 'iso-8859-10',
    LATIN7: 'iso-8859-13',
    LATIN8: 'iso-8859-14',
    LATIN9: 'iso-8859-15',
    LATIN10: 'iso-8859-16',
    ISO_8859_5: 'iso-8859-5',
    ISO_8859_6: 'iso-8859-6',
    ISO_8859_7: 'iso-8859-7',
    ISO_8859_8: 'iso-8859-8',
    WIN866: 'ibm866',
    WIN874: 'windows-874',
    WIN1250: 'windows-1250',
    WIN1251: 'windows-1251',
    WIN1252: 'windows-1252',
    WIN1253: 'windows-1253',
    WIN1254: 'windows-1254',
    WIN1255: 'windows-1255',
    WIN1256: 'windows-1256',
    WIN1257: 'windows-1257',
    WIN1258: 'windows-1258',
    KOI8R: 'koi8-r',
    KOI8U: 'koi8-u',
    EUC_JP: 'euc-jp',
    EUC_CN: 'gbk',
    EUC_KR: 'euc-kr',
    SJIS: 'shift_jis',
    GBK: 'gbk',
  }),
)

/** Letters that TextDecoder reads otherwise than PostgreSQL, by what it makes of them. */
const otherwise = new Map<string, Readonly<Record<string, string>>>(
  Object.entries({
    // WHATWG takes it for windows-1254, which has letters where this one has control characters.
    LATIN5: Object.fromEntries(
      Array.from({ length: 32 }, (_, at) => [
        new TextDecoder('windows-1254').decode(Buffer.of(128 + at)),
        String.fromCharCode(128 + at),
      ]),
    ),
    KOI8U: { ў: '╝', Ў: '╬' },
    EUC_CN: { '·': '・', '—': '―' },
    EUC_JP: { '¦': '￤' },
  }),
)

export const readableEncodings: readonly string[] = ['UTF8', 'SQL_ASCII', 'LATIN1', ...labels.keys()]

/** How to read the encoding that PostgreSQL calls so; null where that cannot be done without guessing. */
export function textOf(encoding: string): Text | null {
  // Of SQL_ASCII the server knows no more than we do: bytes, which are UTF-8 where they can be.
  if (encoding === 'UTF8' || encoding === 'SQL_ASCII')
    return { decode: (bytes) => bytes.toString('utf8'), isSummable: true, isExact: true }
  // WHATWG has another in the place of this one.
  if (encoding === 'LATIN1') return { decode: (bytes) => bytes.toString('latin1'), isSummable: false, isExact: true }
  const label = labels.get(encoding)
  if (label === undefined) return null
  const decoder = new TextDecoder(label)
  const letters = otherwise.get(encoding)
  if (!letters) return { decode: (bytes) => decoder.decode(bytes), isSummable: false, isExact: false }
  const any = new RegExp(`[${Object.keys(letters).join('')}]`, 'g')
  return {
    decode: (bytes) => decoder.decode(bytes).replaceAll(any, (letter) => letters[letter] ?? letter),
    isSummable: false,
    isExact: false,
  }
}
