import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { isEnd, type TicketState, ticketStates } from '#lib/domain/machine-context.ts'
import { cx } from './cx.ts'
import { type MachineArrow, machineArrows, machinePlaces, quietTargets } from './machine-map.ts'
import { ScrollToCurrent } from './scroll-to-current.tsx'
import { scrollable } from './scrollable.ts'
import { stateTone } from './ticket-states.ts'

export type StepTaken = { from: TicketState; to: TicketState }

/** In units that are never drawn smaller than a pixel: the names stay at 12. */
const box = { width: 100, height: 44, gapX: 14, gapY: 30, margin: 14 }
const size = {
  width: 8 * box.width + 7 * box.gapX + 2 * box.margin,
  height: 4 * box.height + 3 * box.gapY + 2 * box.margin - box.height - box.gapY,
}

const placeOf = (state: TicketState) => {
  const { column, row } = machinePlaces[state]
  return { x: box.margin + column * (box.width + box.gapX), y: box.margin + (row - 1) * (box.height + box.gapY) }
}

/**
 * The ticket's machine, drawn from its definition: where this ticket stands, the way it came, and what can come next. The same is said in
 * words below for those who do not see it; who did what when is the path's own list.
 */
export async function MachineDiagram({ state, taken }: { state: TicketState; taken: StepTaken[] }): Promise<ReactNode> {
  const t = await getTranslations('machine')
  const states = await getTranslations('states')
  const visited = new Set<TicketState>([state, ...taken.flatMap(({ from, to }) => [from, to])])
  const gone = (arrow: MachineArrow) => taken.some(({ from, to }) => from === arrow.from && to === arrow.to)
  const all = machineArrows()
  const drawn = all.filter((arrow) => gone(arrow) || isForward(arrow))
  const next = [...new Set(all.filter((arrow) => arrow.from === state && !isWayBack(arrow)).map(({ to }) => to))]
  return (
    <figure className="space-y-2">
      <StepsList {...{ state, taken, next }} />
      <section className="overflow-x-auto max-md:hidden" {...scrollable} aria-label={t('title')}>
        <svg viewBox={`0 0 ${size.width} ${size.height}`} className="w-full min-w-[57.25rem]" aria-hidden="true">
          <defs>
            <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse">
              <path d="M0 0.5 L8 4 L0 7.5z" className="fill-control" />
            </marker>
            <marker
              id="arrow-gone"
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerWidth="6"
              markerHeight="6"
              orient="auto-start-reverse"
            >
              <path d="M0 0.5 L8 4 L0 7.5z" className="fill-accent" />
            </marker>
          </defs>
          {drawn.map((arrow) => (
            <path
              key={`${arrow.from} ${arrow.to}`}
              d={pathOf(arrow)}
              fill="none"
              className={gone(arrow) ? 'stroke-accent' : 'stroke-control'}
              strokeWidth={gone(arrow) ? 2.25 : 1.25}
              markerEnd={gone(arrow) ? 'url(#arrow-gone)' : 'url(#arrow)'}
            />
          ))}
          {ticketStates.map((each) => (
            <State
              key={each}
              state={each}
              name={states(each)}
              is={each === state ? 'here' : visited.has(each) ? 'visited' : 'other'}
              reachable={next.includes(each)}
            />
          ))}
        </svg>
        <ScrollToCurrent key={state} />
      </section>
      <figcaption className="text-sm text-soft max-md:sr-only">
        {t('here', { state: states(state) })}{' '}
        {isEnd(state) ? t('end') : t('next', { states: next.map((to) => states(to)).join(', ') })}
      </figcaption>
    </figure>
  )
}

/** The same on a telephone, where the drawing has no room: the way here, where it is, and what can come next, one below the other. */
async function StepsList({
  state,
  taken,
  next,
}: {
  state: TicketState
  taken: StepTaken[]
  next: TicketState[]
}): Promise<ReactNode> {
  const [t, states] = await Promise.all([getTranslations('machine'), getTranslations('states')])
  const first = taken[0]?.from
  const gone = [...(first === undefined ? [] : [first]), ...taken.slice(0, -1).map(({ to }) => to)]
  // A state may be gone through twice: its place in the way makes it one of its own.
  const lines = [
    ...gone.map((each, place) => ({ key: `${place} ${each}`, each, is: 'gone' as const })),
    { key: 'here', each: state, is: 'here' as const },
    ...(isEnd(state) ? [] : next.map((each) => ({ key: `next ${each}`, each, is: 'next' as const }))),
  ]
  return (
    <ol className="space-y-1 md:hidden">
      {lines.map(({ key, each, is }) => (
        <li key={key} className="flex items-baseline gap-2" aria-current={is === 'here' ? 'step' : undefined}>
          <span
            aria-hidden="true"
            className={cx(
              'size-2.5 shrink-0 rounded-full border',
              is === 'gone' && 'border-accent bg-accent-tint',
              is === 'here' && 'border-accent bg-accent',
              is === 'next' && 'border-dashed border-control',
            )}
          />
          <span className={is === 'here' ? 'font-semibold' : is === 'next' ? 'text-soft' : ''}>{states(each)}</span>
          <span className="ml-auto shrink-0 text-xs text-faint">{t(`step.${is}`)}</span>
        </li>
      ))}
    </ol>
  )
}

const hereFill = {
  neutral: 'fill-ink',
  accent: 'fill-accent',
  run: 'fill-run',
  good: 'fill-good',
  warn: 'fill-warn',
  danger: 'fill-danger',
} as const

function State({
  state,
  name,
  is,
  reachable,
}: {
  state: TicketState
  name: string
  is: 'here' | 'visited' | 'other'
  reachable: boolean
}): ReactNode {
  const faded = is === 'other' && !reachable
  const { x, y } = placeOf(state)
  return (
    <g data-current={is === 'here' ? '' : undefined}>
      {is === 'here' ? (
        <rect
          x={x - 4}
          y={y - 4}
          width={box.width + 8}
          height={box.height + 8}
          rx={9}
          className="fill-transparent stroke-accent-line"
          strokeWidth={2}
        />
      ) : null}
      <rect
        x={x}
        y={y}
        width={box.width}
        height={box.height}
        rx={6}
        strokeWidth={reachable ? 2 : 1.25}
        className={cx(
          is === 'here' && hereFill[stateTone[state]],
          is === 'visited' && 'fill-accent-tint',
          is === 'other' && 'fill-surface',
          reachable ? 'stroke-ink' : is === 'visited' && 'stroke-accent',
          faded && 'stroke-line [stroke-dasharray:3_3]',
        )}
      />
      <foreignObject x={x} y={y} width={box.width} height={box.height}>
        <div
          className={cx(
            'flex h-full items-center justify-center px-1 text-center text-[12px]/[15px]',
            is === 'here' ? 'font-semibold text-surface' : faded ? 'text-faint' : 'font-medium text-ink',
          )}
        >
          {name}
        </div>
      </foreignObject>
    </g>
  )
}

/** A ticket that is given up while an earlier restore can still be undone goes back there (S58): rare, and no way on. */
const isWayBack = ({ from, to }: MachineArrow): boolean => to === 'restored' && from !== 'restoring' && from !== 'undoing'

/** The ways a ticket usually goes on; the rest is drawn only where it was gone. */
function isForward({ from, to }: MachineArrow): boolean {
  if (quietTargets.includes(to)) return false
  const [a, b] = [machinePlaces[from], machinePlaces[to]]
  return b.column > a.column ? b.column - a.column === 1 || to === 'scheduled' : b.column === a.column && b.row > a.row
}

/** From edge to edge: straight to a neighbour, else in an arc above (back) or below (down). */
function pathOf({ from, to }: MachineArrow): string {
  const [a, b] = [placeOf(from), placeOf(to)]
  const [ca, cb] = [machinePlaces[from], machinePlaces[to]]
  const middle = box.width / 2
  if (ca.row === cb.row && cb.column === ca.column + 1) return `M${a.x + box.width} ${a.y + box.height / 2} H${b.x - 1}`
  if (ca.column === cb.column && Math.abs(cb.row - ca.row) === 1) {
    const down = cb.row > ca.row
    const shift = down ? -14 : 14
    return `M${a.x + middle + shift} ${down ? a.y + box.height : a.y} V${down ? b.y - 1 : b.y + box.height + 1}`
  }
  if (ca.row === cb.row) {
    const over = a.y - 12
    return `M${a.x + middle - 10} ${a.y} C${a.x + middle - 20} ${over - 4} ${b.x + middle + 20} ${over - 4} ${b.x + middle + 10} ${b.y - 1}`
  }
  // Between the rows and between the columns, so that no way runs behind a box it does not visit.
  const right = cb.column > ca.column
  const endX = b.x + middle + (right ? -14 : 14)
  if (cb.row < ca.row) return `M${a.x + middle} ${a.y} V${a.y - box.gapY / 2} H${endX} V${b.y + box.height + 1}`
  const lane = b.y - box.gapY / 2
  if (cb.row === ca.row + 1) return `M${a.x + middle} ${a.y + box.height} V${lane} H${endX} V${b.y - 1}`
  const gutter = right ? a.x + box.width + box.gapX / 2 : a.x - box.gapX / 2
  return `M${a.x + middle} ${a.y + box.height} V${a.y + box.height + box.gapY / 2} H${gutter} V${lane} H${endX} V${b.y - 1}`
}
