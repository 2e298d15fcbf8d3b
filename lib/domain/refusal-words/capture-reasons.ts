import type { CaptureReason } from '../capture-reasons.ts'

/** Why there is no restore point, or none that can be used. Calm, one sentence, no word of a database's own. */
export const captureReasonsEn: Record<CaptureReason, string> = {
  held_on: 'Another program was working on the portal’s data and did not let go in time.',
  portal_unreachable: 'The portal’s database could not be reached.',
  no_space: 'There was not enough free space for the copy.',
  right_missing: 'The helpdesk was not allowed to read all of the portal’s data.',
  storage_unreachable: 'The place where copies are kept could not be used.',
  structure_moved: 'The structure of the data had changed in a way that could not be copied then.',
  server_setup: 'The portal’s database server is set up in a way that does not allow copies.',
  check_failed: 'A check found that the copy does not hold what it should.',
  copy_missing: 'The copy is no longer where it was put.',
  interrupted: 'The program that was making it stopped unexpectedly.',
  stopped: 'It was stopped before it was finished.',
  not_begun: 'No attempt to make one is on record for this day.',
  copied_whole: 'Made as a whole new copy, because the structure of the data had changed.',
  copied_afresh: 'Made as a whole new copy, as once a week at night: comparisons with it are quick.',
  files_unsettled: 'The files of an earlier restore had not taken their place yet, so they did not belong to the data.',
  error: 'Something unexpected happened.',
}

export const captureReasonsPl: Record<CaptureReason, string> = {
  held_on: 'Inny program pracował na danych portalu i nie zwolnił ich na czas.',
  portal_unreachable: 'Nie udało się połączyć z bazą portalu.',
  no_space: 'Zabrakło wolnego miejsca na kopię.',
  right_missing: 'Obsługa nie miała prawa odczytać wszystkich danych portalu.',
  storage_unreachable: 'Nie można było użyć miejsca, w którym przechowujemy kopie.',
  structure_moved: 'Struktura danych zmieniła się tak, że nie dało się wtedy zrobić kopii.',
  server_setup: 'Serwer bazy portalu jest skonfigurowany w sposób, który nie pozwala na kopie.',
  check_failed: 'Kontrola wykazała, że kopia nie zawiera tego, co powinna.',
  copy_missing: 'Kopii nie ma już tam, gdzie była zapisana.',
  interrupted: 'Program, który tworzył kopię, nieoczekiwanie przerwał pracę.',
  stopped: 'Tworzenie zatrzymano przed końcem.',
  not_begun: 'Z tego dnia nie ma śladu próby utworzenia punktu.',
  copied_whole: 'Powstał jako nowa, pełna kopia, bo zmieniła się struktura danych.',
  copied_afresh: 'Powstał jako nowa, pełna kopia, jak raz w tygodniu w nocy: porównania z nią są szybkie.',
  files_unsettled: 'Pliki z wcześniejszego przywrócenia nie trafiły jeszcze na swoje miejsce, więc nie pasowały do danych.',
  error: 'Stało się coś nieprzewidzianego.',
}
