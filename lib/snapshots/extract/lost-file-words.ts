import type { LostFile } from '../port.ts'
import type { Locale, ReadmeFacts } from './file-words.ts'

/** `as`: its path in the archive; null where it is not in there, and `why`: beyond the limit, or removed by the portal's people before it was read. */
export type LostFileFate = { file: LostFile; as: string | null; why: 'limit' | 'gone' | null }

type About = Omit<ReadmeFacts, 'tables' | 'by'> & { by: 'restore' | 'undo' }
type LostFileWords = {
  folder: string
  list: string
  /** Of the list: path, what happened, bytes, changed last, path in the archive, why it is not there. */
  columns: string[]
  change: Record<LostFile['change'], string>
  why: Record<'limit' | 'gone', string>
  readmeText: (about: About, fates: LostFileFate[]) => string[]
}

/** In the file that explains the archive; the list has the others too. */
const namedAtMost = 200

/** Words inside the archive of the portal's files: whoever opens it has no page beside it. */
export const lostFileWords: Record<Locale, LostFileWords> = {
  en: {
    folder: 'files',
    list: 'files',
    columns: ['Path', 'What happened', 'Bytes', 'Last changed', 'In this archive as', 'Not in here because'],
    change: { newer: 'taken away', changed: 'overwritten' },
    why: { limit: 'beyond the limit for files', gone: 'removed in the portal before it was read' },
    readmeText: ({ portalName, ticketNumber, by, typedSince, madeAt }, fates) => [
      `Files of "${portalName}"${ticketNumber === null ? '' : ` (ticket ${ticketNumber})`} that the ${by} took away or overwrote, as they were.`,
      `Read at ${madeAt}, just before.`,
      '',
      typedSince
        ? 'Only what was added or changed since the restore is in here. What the restore had brought back is still in its restore point.'
        : '"taken away": the file exists no more. "overwritten": an earlier state of it took its place; this is how it was.',
      '"files": the files themselves, in their folders. Names that other systems refuse are spelt otherwise here;',
      '"files.csv" lists all of them by the path they had in the portal. They are private data of the portal, and were not looked through for viruses.',
      ...leftOutLines(fates, 'Not in this archive:', 'and others: see the list', lostFileWords.en),
    ],
  },
  pl: {
    folder: 'pliki',
    list: 'pliki',
    columns: ['Ścieżka', 'Co się stało', 'Bajty', 'Ostatnia zmiana', 'W tym archiwum jako', 'Dlaczego go tu nie ma'],
    change: { newer: 'usunięty', changed: 'nadpisany' },
    why: { limit: 'przekracza limit plików', gone: 'usunięto go w portalu, zanim został odczytany' },
    readmeText: ({ portalName, ticketNumber, by, typedSince, madeAt }, fates) => [
      `Pliki portalu „${portalName}”${ticketNumber === null ? '' : ` (zgłoszenie ${ticketNumber})`}, które ${by === 'undo' ? 'cofnięcie przywrócenia' : 'przywrócenie'} usunęło lub nadpisało, w takim stanie, w jakim były.`,
      `Odczytano ${madeAt}, tuż przedtem.`,
      '',
      typedSince
        ? 'Jest tu tylko to, co dodano lub zmieniono od czasu przywrócenia. To, co przywrócenie oddało, jest nadal w swoim punkcie przywracania.'
        : '„usunięty”: pliku już nie ma. „nadpisany”: zajął jego miejsce wcześniejszy stan; tu jest taki, jaki był.',
      '„pliki”: same pliki, w swoich folderach. Nazwy, których inne systemy nie przyjmują, są tu zapisane inaczej;',
      '„pliki.csv” wymienia wszystkie pod ścieżką, jaką miały w portalu. To prywatne dane portalu; nie sprawdzano ich pod kątem wirusów.',
      ...leftOutLines(fates, 'W tym archiwum nie ma:', 'i inne: są na liście', lostFileWords.pl),
    ],
  },
}

function leftOutLines(fates: LostFileFate[], title: string, more: string, words: LostFileWords): string[] {
  const out = fates.flatMap(({ file, why }) => (why === null ? [] : [`  ${oneLine(file.path)}: ${words.why[why]}`]))
  if (out.length === 0) return []
  return ['', title, ...out.slice(0, namedAtMost), ...(out.length > namedAtMost ? [`  ${more}`] : [])]
}

/** A name may hold a line break or marks that turn text around. */
const oneLine = (path: string): string => path.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '_')
