import Ban from 'lucide-react/icons/ban'
import CalendarClock from 'lucide-react/icons/calendar-clock'
import Check from 'lucide-react/icons/check'
import CircleDashed from 'lucide-react/icons/circle-dashed'
import CircleX from 'lucide-react/icons/circle-x'
import CreditCard from 'lucide-react/icons/credit-card'
import HourglassIcon from 'lucide-react/icons/hourglass'
import ListChecks from 'lucide-react/icons/list-checks'
import Play from 'lucide-react/icons/play'
import Undo2 from 'lucide-react/icons/undo-2'
import UserCheck from 'lucide-react/icons/user-check'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import type { TicketState } from '#lib/domain/machine-context.ts'
import type { Scope } from '#lib/domain/policy/policy.ts'
import { Badge } from './badge.tsx'
import { isTicketState, stateTone } from './ticket-states.ts'

const icons: Record<TicketState, typeof Check> = {
  submitted: CircleDashed,
  verifyingOwner: UserCheck,
  checkingPlan: CircleDashed,
  awaitingUpgrade: CreditCard,
  awaitingApproval: ListChecks,
  scheduled: CalendarClock,
  restoring: Play,
  restored: Check,
  restoreFailed: CircleX,
  undoing: Undo2,
  undone: Undo2,
  closed: Check,
  rejected: Ban,
  cancelled: Ban,
  expired: HourglassIcon,
}

const ofFiles = ['restoring', 'restored', 'restoreFailed'] as const
const isOfFiles = (state: string): state is (typeof ofFiles)[number] => ofFiles.some((one) => one === state)

/** Where a ticket stands, in words, with an icon and the colour of what that means. */
export async function StateBadge({ state, scope }: { state: string; scope: Scope }): Promise<ReactNode> {
  const t = await getTranslations('states')
  if (!isTicketState(state)) return <Badge>{state}</Badge>
  const Icon = icons[state]
  return (
    <Badge tone={stateTone[state]} icon={<Icon aria-hidden="true" />}>
      {t(scope === 'extract' && isOfFiles(state) ? `extract.${state}` : state)}
    </Badge>
  )
}
