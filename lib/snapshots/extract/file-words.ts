import type { ExtractedTableCount } from '#db/schema/index.ts'
import type { ExtractedRow } from '../port.ts'

export type Locale = 'en' | 'pl'

/** What became of a table: `written` is less than `rows` only where the policy's limit was reached. */
export type ArchivedTable = ExtractedTableCount

export type ReadmeFacts = {
  portalName: string
  ticketNumber: number | null
  /** What took the rows away; `extract` took nothing. `typedSince`: an undo's files hold only what was entered since the restore. */
  by: 'restore' | 'undo' | 'extract'
  typedSince: boolean
  madeAt: string
  tables: ArchivedTable[]
}

export type FileWords = {
  readme: string
  forPeople: string
  forMachines: string
  changeColumn: string
  change: Record<ExtractedRow['change'], string>
  readmeText: (facts: ReadmeFacts) => string[]
}

/** Words inside the archive: whoever opens it has no page beside it. */
export const fileWords: Record<Locale, FileWords> = {
  en: {
    readme: 'README',
    forPeople: 'for people',
    forMachines: 'for machines',
    changeColumn: 'What happened',
    change: { newer: 'wiped', changed: 'overwritten', chosen: 'extracted' },
    readmeText: ({ portalName, ticketNumber, by, typedSince, madeAt, tables }) => [
      ...(by === 'extract'
        ? [
            `Records of "${portalName}"${ticketNumber === null ? '' : ` (ticket ${ticketNumber})`} as a restore point has them, with all that belongs to them.`,
            `Made at ${madeAt}. Nothing in the portal was changed.`,
          ]
        : [
            `What the ${by} of "${portalName}"${ticketNumber === null ? '' : ` (ticket ${ticketNumber})`} wiped, so that it can be entered again.`,
            `Made at ${madeAt} from the copy that was kept just before.`,
          ]),
      '',
      by === 'extract'
        ? 'These files hold personal data of the portal. Delete them when they are no longer needed.'
        : typedSince
          ? 'Only what was entered or changed since the restore is in here. What the restore had brought back is still in its restore point.'
          : '"wiped": the record exists no more. "overwritten": the record went back to an earlier state; this is how it was.',
      '',
      '"for people": a table a file, to open in a spreadsheet. Text that a spreadsheet would run as a formula begins with an apostrophe.',
      '"for machines": the same rows, exact and unchanged, as JSON lines and as SQL inserts. JSON has numbers with all their digits;',
      'what JSON has no words for (dates, arrays, bytes) stands as PostgreSQL spells it. Load the SQL into empty tables first: what',
      by === 'extract' ? 'is still in the portal has its key already.' : 'was overwritten has its key already.',
      'Contents of large objects are not in these files, only their numbers.',
      '',
      ...withheldLines(tables, 'en'),
      'Rows by table:',
      ...tables
        .filter(isWritten)
        .map(({ name, rows, written }) =>
          written < rows
            ? `  ${name.en}: ${written} of ${rows}; the rest is beyond the limit for files`
            : `  ${name.en}: ${rows}`,
        ),
      ...(tables.some(({ rows, written }) => written < rows)
        ? [
            '',
            by === 'extract'
              ? 'These files are not complete. The restore point has everything while it is kept: ask the desk, or choose fewer records.'
              : 'These files are not complete. The copy that was kept just before has everything while undo is offered: ask the desk.',
          ]
        : []),
    ],
  },
  pl: {
    readme: 'CZYTAJ',
    forPeople: 'dla ludzi',
    forMachines: 'dla maszyn',
    changeColumn: 'Co się stało',
    change: { newer: 'usunięte', changed: 'nadpisane', chosen: 'wyjęte' },
    readmeText: ({ portalName, ticketNumber, by, typedSince, madeAt, tables }) => [
      ...(by === 'extract'
        ? [
            `Rekordy portalu „${portalName}”${ticketNumber === null ? '' : ` (zgłoszenie ${ticketNumber})`} takie, jakie są w punkcie przywracania, ze wszystkim, co do nich należy.`,
            `Zapisano ${madeAt}. W portalu nic się nie zmieniło.`,
          ]
        : [
            `Co usunęło ${by === 'undo' ? 'cofnięcie przywrócenia' : 'przywrócenie'} portalu „${portalName}”${ticketNumber === null ? '' : ` (zgłoszenie ${ticketNumber})`}, aby można to było wprowadzić jeszcze raz.`,
            `Zapisano ${madeAt} z kopii zrobionej tuż przedtem.`,
          ]),
      '',
      by === 'extract'
        ? 'Te pliki zawierają dane osobowe z portalu. Gdy nie są już potrzebne, należy je usunąć.'
        : typedSince
          ? 'Jest tu tylko to, co wprowadzono lub zmieniono od czasu przywrócenia. To, co przywrócenie oddało, jest nadal w swoim punkcie przywracania.'
          : '„usunięte”: wpisu już nie ma. „nadpisane”: wpis wrócił do wcześniejszego stanu; tu jest taki, jaki był.',
      '',
      '„dla ludzi”: każda tabela w osobnym pliku, do otwarcia w arkuszu. Tekst, który arkusz wykonałby jako formułę, zaczyna się od apostrofu.',
      '„dla maszyn”: te same wiersze, dokładne i niezmienione, jako linie JSON i jako polecenia INSERT w SQL. Liczby mają w JSON wszystkie cyfry;',
      'to, czego JSON nie umie nazwać (daty, tablice, bajty), zapisano tak, jak pisze to PostgreSQL. SQL należy wczytać najpierw do pustych tabel:',
      by === 'extract' ? 'to, co nadal jest w portalu, ma już swój klucz.' : 'to, co nadpisano, ma już swój klucz.',
      'Zawartości dużych obiektów tu nie ma, są tylko ich numery.',
      '',
      ...withheldLines(tables, 'pl'),
      'Liczba wierszy w tabelach:',
      ...tables
        .filter(isWritten)
        .map(({ name, rows, written }) =>
          written < rows ? `  ${name.pl}: ${written} z ${rows}; reszta przekracza limit plików` : `  ${name.pl}: ${rows}`,
        ),
      ...(tables.some(({ rows, written }) => written < rows)
        ? [
            '',
            by === 'extract'
              ? 'Te pliki są niepełne. Całość jest w punkcie przywracania, dopóki jest on przechowywany: proszę zapytać obsługę albo wybrać mniej rekordów.'
              : 'Te pliki są niepełne. Całość jest w kopii zrobionej tuż przedtem, dopóki można cofnąć przywrócenie: proszę zapytać serwis.',
          ]
        : []),
    ],
  },
}

const isWritten = ({ withheld }: ArchivedTable) => withheld !== 'all'

const withheldWords: Record<Locale, { why: string[]; whole: string; sql: string }> = {
  en: {
    why: [
      'Sign-in data (passwords, tokens, who may sign in) is never written to files, so that nobody who holds them can sign in as somebody else.',
      'So this is not in here, in no format:',
    ],
    whole: 'the whole table',
    sql: 'Where the SQL is loaded, such a column gets its default.',
  },
  pl: {
    why: [
      'Dane logowania (hasła, tokeny, prawo do logowania) nigdy nie trafiają do plików, aby nikt, kto je ma, nie mógł zalogować się jako ktoś inny.',
      'Dlatego w żadnym z formatów nie ma tu:',
    ],
    whole: 'cała tabela',
    sql: 'Po wczytaniu SQL taka kolumna ma swoją wartość domyślną.',
  },
}

function withheldLines(tables: ArchivedTable[], locale: Locale): string[] {
  const words = withheldWords[locale]
  const lines = tables.flatMap(({ name, withheld }) =>
    withheld === undefined
      ? []
      : [`  ${name[locale]}: ${withheld === 'all' ? words.whole : withheld.map((column) => column[locale]).join(', ')}`],
  )
  return lines.length === 0 ? [] : [...words.why, ...lines, words.sql, '']
}
