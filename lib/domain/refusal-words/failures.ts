import type { TicketContext } from '../machine-context.ts'

type FailureKind = NonNullable<TicketContext['failure']>['kind']

/** Each ends where it matters: the portal is as it was before. */
export const failuresEn: Record<FailureKind, string> = {
  error: 'Something unexpected happened. The portal is exactly as it was before.',
  refused: 'The restore could not be carried out as agreed. The portal is exactly as it was before.',
  disk_full: 'There is not enough free space for the restore and its safety copy. The portal is exactly as it was before.',
  verification: 'The check after the restore found a difference, so nothing was kept. The portal is exactly as it was before.',
  safety_copy:
    'The safety copy could not be made, and nothing is overwritten without it. The portal is exactly as it was before.',
  window_ended: 'The agreed window was over before the restore could be finished. The portal is exactly as it was before.',
  portal_unreachable: 'The portal’s database could not be reached. The portal is exactly as it was before.',
  blocked: 'Another program held the data and did not let go in time. The portal is exactly as it was before.',
  cancelled: 'The restore was stopped before anything was changed. The portal is exactly as it was before.',
}

export const failuresPl: Record<FailureKind, string> = {
  error: 'Stało się coś nieprzewidzianego. Portal jest dokładnie taki jak przedtem.',
  refused: 'Przywrócenia nie dało się wykonać tak, jak uzgodniono. Portal jest dokładnie taki jak przedtem.',
  disk_full: 'Brakuje wolnego miejsca na przywrócenie i kopię bezpieczeństwa. Portal jest dokładnie taki jak przedtem.',
  verification: 'Kontrola po przywróceniu wykazała różnicę, więc zmian nie zapisano. Portal jest dokładnie taki jak przedtem.',
  safety_copy:
    'Nie udało się wykonać kopii bezpieczeństwa, a bez niej nic nie jest nadpisywane. Portal jest dokładnie taki jak przedtem.',
  window_ended: 'Uzgodnione okno skończyło się przed końcem przywracania. Portal jest dokładnie taki jak przedtem.',
  portal_unreachable: 'Nie udało się połączyć z bazą portalu. Portal jest dokładnie taki jak przedtem.',
  blocked: 'Inny program blokował dane i nie zwolnił ich na czas. Portal jest dokładnie taki jak przedtem.',
  cancelled: 'Przywracanie zatrzymano, zanim cokolwiek się zmieniło. Portal jest dokładnie taki jak przedtem.',
}
