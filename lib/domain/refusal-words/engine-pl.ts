import type { EngineRefusalCode } from '../refusal.ts'
import type { FactReader, Say } from './fact-reader.ts'
import { naming, say } from './say.ts'

const desk = 'Obsługa to sprawdza. Tymczasem może się udać inny punkt lub inny rodzaj przywrócenia.'
const full = 'Przywrócenie całego portalu albo nowszy punkt mogą być nadal możliwe.'

/** What the engine and the adapters say no to, in Polish. */
export const enginePl: Record<EngineRefusalCode, Say> = {
  server_too_old: say('Serwer bazy portalu jest starszy niż PostgreSQL 15, którego wymaga przywracanie.', 'Zaktualizuj serwer.'),
  same_database: say('Punkt przywracania i portal to jedna i ta sama baza.', desk),
  role_cannot_see_rows: say(
    'Część wierszy portalu jest ukryta przed obsługą, więc porównaniu nie można by ufać.',
    'Rola bazy używana przez obsługę potrzebuje prawa do czytania wszystkich wierszy.',
  ),
  role_lacks_right: say(
    'Roli bazy używanej przez obsługę brakuje prawa potrzebnego do tego przywrócenia.',
    'Może je nadać administrator bazy; szczegóły podają które.',
  ),
  table_newer: (f) => ({
    why: `Od powstania tego punktu przybyła tabela${f.tables() === '' ? '' : ` ${f.tables()}`}.`,
    whatWouldHelp: full,
  }),
  table_gone: (f) => ({
    why: `Nie ma już tabeli${f.tables() === '' ? '' : ` ${f.tables()}`}, którą zawiera ten punkt.`,
    whatWouldHelp: full,
  }),
  structure_moved: naming('Od powstania tego punktu zmieniła się struktura danych.', full),
  type_moved: say('Od powstania tego punktu zmienił się typ danych.', full),
  foreign_table: naming('Część danych leży na innym serwerze i nie ma jej w żadnym punkcie.', desk),
  table_not_heap: naming('Jedna z tabel jest przechowywana tak, że nie da się jej porównać wiersz po wierszu.', full),
  rule_always: naming('Reguła bazy zmieniałaby to, co przywracamy.', full),
  published_without_identity: naming(
    'Jedna z tabel jest replikowana w sposób, który nie pozwala usuwać wierszy.',
    'Nadaj tabeli tożsamość replikacji i spróbuj ponownie.',
  ),
  event_trigger_always: say('Wyzwalacz zdarzeń bazy zauważyłby przywracanie i nie da się go wyciszyć.', full),
  period_reference: naming(
    'Dane spoza zakresu odwołują się do przywracanych przez okresy czasu, czego nie da się przenieść.',
    full,
  ),
  reference_refused: naming(
    'Niektóre rekordy odwoływałyby się do czegoś, czego już nie ma, a ustawienia portalu na to nie pozwalają.',
    full,
  ),
  reference_not_nullable: naming(
    'Niektóre rekordy odwoływałyby się do czegoś, czego już nie ma, a to miejsce nie może w nich być puste.',
    full,
  ),
  loss_grew: say('Strata byłaby teraz większa, niż uzgodniono.', 'Właściciel ogląda nowy podgląd i decyduje ponownie.'),
  put_back_conflicts: say(
    'Nowsze rekordy stoją na przeszkodzie części tej zmiany.',
    'Zobacz listę konfliktów: pomiń te rekordy albo najpierw rozwiąż je ręcznie.',
  ),
  put_back_grew: say(
    'Zmiana objęłaby teraz więcej rekordów, niż uzgodniono.',
    'Właściciel ogląda nowy podgląd i decyduje ponownie.',
  ),
  lock_not_granted: say(
    'Inne programy używały danych i nie zwolniły ich na czas.',
    'Spróbuj w spokojniejszej porze albo wybierz okno.',
  ),
  lock_held_too_long: say(
    'Przywracanie trwało dłużej, niż wolno wstrzymywać zapisy, i zostało przerwane.',
    'Wybierz okno, w którym dłuższa przerwa jest dopuszczalna.',
  ),
  row_refused: naming('Rekord z punktu przywracania nie spełnia już reguł własnej tabeli.', desk),
  verification_failed: say('Kontrola wykazała, że wynik nie jest dokładnie tym, co uzgodniono, więc nic nie zapisano.', desk),
  commit_forbidden: say('To przywracanie przejął inny proces.', null),
  prepared_transaction: say(
    'W portalu jest transakcja przygotowana i nigdy niezakończona.',
    'Najpierw trzeba ją zatwierdzić albo wycofać.',
  ),
  portal_missing: say('Bazy portalu nie ma albo nie przyjmuje połączeń.', desk),
  snapshot_missing: (facts) => ({ why: 'Nie ma kopii, na której opiera się ten punkt.', whatWouldHelp: neighbours(facts) }),
  own_database: say('To własna baza obsługi, która nie może być portalem.', 'Podaj adres własnej bazy portalu.'),
  not_enough_disk: (f) => ({ why: noRoom(f), whatWouldHelp: 'Obsługa zwolni miejsce; zgłoszenie zachowuje swoją kolej.' }),
  sessions_hold_on: say(
    'Niektóre programy pozostają połączone z portalem mimo prośby o rozłączenie.',
    'Zatrzymaj je albo wybierz spokojniejszą porę.',
  ),
  prepared_transactions: say(
    'W portalu są transakcje przygotowane i nigdy niezakończone.',
    'Najpierw trzeba je zatwierdzić albo wycofać.',
  ),
  replication_slots: say(
    'Baza portalu jest źródłem replikacji i nie może zamienić się miejscami.',
    'Przywrócenie CRM może być nadal możliwe.',
  ),
  subscription_writes: say(
    'Baza portalu przyjmuje dane przez replikację i nie może zamienić się miejscami.',
    'Przywrócenie CRM może być nadal możliwe.',
  ),
  schema_moved: say(
    'Struktura portalu zmieniła się od ostatniej kopii, a jego użytkowników nie wolno teraz rozłączać.',
    'Kopia powstanie w spokojnej porze portalu.',
  ),
  protected_without_key: naming(
    'W tabeli z chronionymi danymi nie ma niczego, po czym można odróżnić rekordy.',
    'Zespół poprawi ustawienia chronionych danych tego portalu.',
  ),
  protected_gone: naming(
    'Ustawienia chronią tabelę lub kolumnę, której w portalu nie ma, więc nie można jej zachować.',
    'Zespół poprawi ustawienia chronionych danych tego portalu.',
  ),
  erased_returned: naming(
    'Wróciłby rekord, który usunięto na żądanie osoby, więc nic nie zapisano.',
    'Zespół to wyjaśni; portal pozostał taki, jaki był.',
  ),
  swap_loses_protected: naming(
    'Zastąpiona zostałaby cała baza danych. Dane, które muszą pozostać takie jak dziś, na przykład uprawnienia, miały w tym punkcie inną budowę i nie dałoby się ich przenieść.',
    'Nadal możliwe może być przywrócenie CRM albo użycie nowszego punktu przywracania.',
  ),
  swap_needs_full: say(
    'Całe bazy mogą zamienić się miejscami tylko przy przywracaniu całego portalu.',
    'Poproś o przywrócenie całego portalu.',
  ),
  programs_missing: say(
    'Na naszej maszynie brakuje programu, który czyta i zapisuje kopie, albo jest on za stary, by używać go bezpiecznie.',
    'Obsługa go zainstaluje; Twoje dane są nienaruszone.',
  ),
  repository_unavailable: say(
    'Miejsce, w którym przechowywane są kopie, jest w tej chwili nieosiągalne albo nie daje się otworzyć.',
    'Obsługa już o tym wie; Twoje dane są nienaruszone.',
  ),
  files_unreadable: say(
    'Niektórych plików portalu nie udało się odczytać, więc zabrakłoby ich w kopii.',
    'Obsługa nada sobie prawo do ich odczytu; Twoje dane są nienaruszone.',
  ),
  files_unusable: say(
    'Plików portalu nie dałoby się odłożyć tam, gdzie są przechowywane, dlatego nic nie zostało rozpoczęte.',
    'Obsługa przygotuje miejsce na pliki; Twoje dane są nienaruszone.',
  ),
  files_unsettled: say(
    'Pliki z wcześniejszego przywrócenia tego portalu nie trafiły jeszcze na swoje miejsce, więc nie pasują do danych.',
    'Obsługa najpierw umieści je na miejscu.',
  ),
  moment_out_of_reach: say(
    'Punktu przywracania z tej chwili nie można już utworzyć albo jeszcze nie można.',
    'Wybierz inną chwilę albo jeden z punktów na liście.',
  ),
  remote_unusable: say(
    'System przechowujący kopie jest w tej chwili nieosiągalny albo na jego odpowiedziach nie można polegać.',
    'Obsługa już o tym wie; Twoje dane są nienaruszone.',
  ),
  remote_unprovable: say(
    'Wyniku tego przywrócenia nie dałoby się sprawdzić przez odczyt portalu, dlatego nie zostało rozpoczęte.',
    'Obsługa poszuka innego sposobu, na przykład przywrócenia całego portalu.',
  ),
  remote_unproved: say(
    'Systemowi przechowującemu kopie zlecono przywrócenie, ale zawartość portalu nie odpowiada punktowi przywracania.',
    'Zanim wydarzy się cokolwiek więcej, portal obejrzy pracownik obsługi; kopia bezpieczeństwa sprzed przywrócenia jest zachowana.',
  ),
  contents_differ: (facts) => ({
    why: 'Kopia, na której opiera się ten punkt, nie zawiera już tego, co na początku.',
    whatWouldHelp: neighbours(facts),
  }),
}

/** S26: what is left to choose, by its time. */
function neighbours({ has, instant }: FactReader): string {
  const named = ['before', 'after'].filter(has).map(instant)
  return `Wybierz jeden z sąsiednich punktów${named.length === 0 ? '' : `: ${named.join(' albo ')}`}. Obsługa już o tym wie.`
}

/** S51: where there is too little, and how much it would take, as far as that is known. */
function noRoom({ text, has, bytes }: FactReader): string {
  if (text('of') === 'copies')
    return `Zabrakło miejsca tam, gdzie przechowywane są kopie${has('freeBytes') ? `: wolne jest teraz ${bytes('freeBytes')}` : ''}.`
  if (text('of') !== 'files') return 'Na serwerze jest mniej miejsca, niż razem potrzebują portal, kopia i kopia bezpieczeństwa.'
  const needed = `potrzeba ${bytes('neededBytes')}`
  if (has('because'))
    return `Podczas przygotowywania plików portalu zabrakło miejsca: ${needed}, wolne jest teraz ${bytes('freeBytes')}.`
  return `Tam, gdzie są pliki portalu, jest za mało miejsca: ${needed}, wolne jest ${bytes('freeBytes')}.`
}
