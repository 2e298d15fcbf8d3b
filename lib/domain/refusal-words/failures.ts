import type { TicketContext } from '../machine-context.ts'

type FailureKind = NonNullable<TicketContext['failure']>['kind']

/** Why, alone: whoever says it says beside it that the portal is as it was before; of `unproved`, that this is not certain. */
export const failuresEn: Record<FailureKind, string> = {
  error: 'Something unexpected happened.',
  refused: 'The restore could not be carried out as agreed.',
  disk_full: 'There is not enough free space for the restore, its safety copy and the files of what it would wipe.',
  verification: 'The check after the restore found a difference, so nothing was kept.',
  unproved: 'It could not be established whether the restore was carried out.',
  safety_copy: 'The safety copy could not be made, and nothing is overwritten without it.',
  carry_over: 'What would be wiped could not be put into files first, and nothing is wiped without them.',
  window_ended: 'The agreed window was over before the restore could be finished.',
  portal_unreachable: 'The portal’s database could not be reached.',
  blocked: 'Other programs held the data and did not let go in time.',
  cancelled: 'The restore was stopped before anything was changed.',
}

export const failuresPl: Record<FailureKind, string> = {
  error: 'Stało się coś nieprzewidzianego.',
  refused: 'Przywrócenia nie dało się wykonać tak, jak uzgodniono.',
  disk_full: 'Brakuje wolnego miejsca na przywrócenie, kopię bezpieczeństwa i pliki z tym, co zostałoby usunięte.',
  verification: 'Kontrola po przywróceniu wykazała różnicę, więc zmian nie zapisano.',
  unproved: 'Nie udało się ustalić, czy przywrócenie doszło do skutku.',
  safety_copy: 'Nie udało się wykonać kopii bezpieczeństwa, a bez niej nic nie jest nadpisywane.',
  carry_over: 'Nie udało się najpierw zapisać w plikach tego, co zostałoby usunięte, a bez nich nic nie jest usuwane.',
  window_ended: 'Uzgodnione okno skończyło się przed końcem przywracania.',
  portal_unreachable: 'Nie udało się połączyć z bazą portalu.',
  blocked: 'Inne programy blokowały dane i nie zwolniły ich na czas.',
  cancelled: 'Przywracanie zatrzymano, zanim cokolwiek się zmieniło.',
}
