import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { isEnd, type TicketState, ticketStates } from '#lib/domain/machine-context.ts'
import { cx } from './cx.ts'
import { type MachineArrow, machineArrows, machinePlaces, quietTargets } from './machine-map.ts'
import { scrollable } from './scrollable.ts'
import { stateTone } from './ticket-states.ts'

export type StepTaken = { from: TicketState; to: TicketState }

const box = { width: 132, height: 40, gapX: 32, gapY: 30, margin: 14 }
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
      <section className="overflow-x-auto" {...scrollable} aria-label={t('title')}>
        <svg viewBox={`0 0 ${size.width} ${size.height}`} className="w-full min-w-[52rem]" aria-hidden="true">
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
              className={gone(arrow) ? 'stroke-accent' : 'stroke-control/60'}
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
            />
          ))}
        </svg>
      </section>
      <figcaption className="text-sm text-soft">
        {t('here', { state: states(state) })}{' '}
        {isEnd(state) ? t('end') : t('next', { states: next.map((to) => states(to)).join(', ') })}
      </figcaption>
    </figure>
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

function State({ state, name, is }: { state: TicketState; name: string; is: 'here' | 'visited' | 'other' }): ReactNode {
  const { x, y } = placeOf(state)
  return (
    <g>
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
        strokeWidth={1.25}
        className={cx(
          is === 'here' && hereFill[stateTone[state]],
          is === 'visited' && 'fill-accent-tint stroke-accent',
          is === 'other' && 'fill-surface stroke-line',
        )}
      />
      <text
        x={x + box.width / 2}
        y={y + box.height / 2}
        textAnchor="middle"
        dominantBaseline="central"
        fontSize={name.length > 20 ? 11 : 12.5}
        fontWeight={is === 'here' ? 650 : 500}
        className={is === 'here' ? 'fill-surface' : is === 'visited' ? 'fill-ink' : 'fill-faint'}
      >
        {name}
      </text>
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
  if (ca.column === cb.column) {
    const down = cb.row > ca.row
    const shift = down ? -14 : 14
    return `M${a.x + middle + shift} ${down ? a.y + box.height : a.y} V${down ? b.y - 1 : b.y + box.height + 1}`
  }
  if (ca.row === cb.row) {
    const over = a.y - 12
    return `M${a.x + middle - 10} ${a.y} C${a.x + middle - 20} ${over - 4} ${b.x + middle + 20} ${over - 4} ${b.x + middle + 10} ${b.y - 1}`
  }
  const [startX, startY] =
    cb.row > ca.row ? [a.x + middle, a.y + box.height] : [a.x + (cb.column > ca.column ? box.width : 0), a.y + box.height / 2]
  const [endX, endY] =
    cb.row > ca.row ? [b.x + middle, b.y - 1] : [b.x + middle + (cb.column > ca.column ? -14 : 14), b.y + box.height + 1]
  const bend = (startY + endY) / 2
  return cb.row > ca.row
    ? `M${startX} ${startY} C${startX} ${bend} ${endX} ${bend} ${endX} ${endY}`
    : `M${startX} ${startY} Q${endX} ${startY} ${endX} ${endY}`
}
