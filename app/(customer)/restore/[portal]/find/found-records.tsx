'use client'

import Check from 'lucide-react/icons/check'
import CircleQuestionMark from 'lucide-react/icons/circle-question-mark'
import Minus from 'lucide-react/icons/minus'
import { type ReactNode, useState } from 'react'
import { useFormFacts } from '#app/_ui/action-form.tsx'
import { cx } from '#app/_ui/cx.ts'
import { EventButton } from '#app/_ui/event-button.tsx'
import { RowHead, Table, Tbody, Td, Th, Thead } from '#app/_ui/table.tsx'
import { type Suggestion, suggestPoint, type Wanted } from './suggest-point.ts'

type MarkState = 'present' | 'absent' | 'unknown'
export type ToldRecord = Wanted & {
  title: string
  tick: string
  kind: string
  marks: { state: MarkState; words: string }[]
  since: string
  who: string
  /** In the portal's own recycle bin, from where its people take it out themselves. */
  inBin: boolean
  canComeBack: boolean
}
type Words = Record<
  | 'caption'
  | 'record'
  | 'kind'
  | 'points'
  | 'since'
  | 'who'
  | 'title'
  | 'tick'
  | 'all'
  | 'some'
  | 'none'
  | 'binned'
  | 'crm'
  | 'full'
  | 'choose'
  | 'chosen'
  | 'kept'
  | 'putBack'
  | 'putBackWhy'
  | 'putBackNot'
  | 'extract'
  | 'extractWhy',
  string
>

/** The found records to tick, and what would bring back those that are. Without scripts the button alone answers. */
export function FoundRecords({
  records,
  points,
  ticked: first,
  chosen,
  ways,
  words,
}: {
  records: ToldRecord[]
  points: { id: string; time: string }[]
  ticked: number[]
  chosen: string | null
  /** What is offered here. */
  ways: { putBack: boolean; extract: boolean; whole: boolean }
  words: Words
}): ReactNode {
  const [ticked, setTicked] = useState(first)
  const error = useFormFacts().fieldErrors.record
  const wanted = ticked.flatMap((at) => records[at] ?? [])
  const suggested = suggestPoint(
    wanted,
    points.map(({ id }) => id),
  )
  // What is still there cannot be put back beside itself.
  const mayPutBack = wanted.every(({ live }) => live === false)
  const placed = records.map((record, at) => ({ ...record, at }))
  const [lost, kept] = [placed.filter(({ canComeBack }) => canComeBack), placed.filter(({ canComeBack }) => !canComeBack)]
  const tick = (at: number, checked: boolean) =>
    setTicked((before) => (checked ? [...before, at] : before.filter((other) => other !== at)))
  const rowsOf = (some: PlacedRecord[]) => <Records records={some} {...{ ticked, tick, words }} />
  const timeOf = (id: string) => points.find((point) => point.id === id)?.time ?? ''
  return (
    <div className="space-y-4">
      {lost.length > 0 ? rowsOf(lost) : null}
      {kept.length > 0 ? (
        <details open={lost.length === 0} className="text-sm">
          <summary className="inline-flex min-h-11 items-center text-accent">{words.kept}</summary>
          <div className="mt-1">{rowsOf(kept)}</div>
        </details>
      ) : null}
      {lost.length > 0 ? (
        <div className="space-y-3 rounded-md border border-line bg-sunken p-4">
          <p className="font-medium">{words.title}</p>
          <div aria-live="polite" className="space-y-1">
            {wanted.length === 0 ? <p className="text-soft">{words.tick}</p> : null}
            {wanted.length > 0 && wanted.every(({ inBin }) => inBin) ? <p className="font-medium">{words.binned}</p> : null}
            {wanted.length > 0 && suggested === null ? <p>{words.none}</p> : null}
            {suggested ? (
              <>
                <p>{suggestionWords(suggested, timeOf(suggested.pointId), words)}</p>
                {suggested.pointId === chosen ? (
                  <p className="text-good">{words.chosen.replace('{point}', timeOf(suggested.pointId))}</p>
                ) : null}
              </>
            ) : null}
            {error ? <p className="font-medium text-danger">{error}</p> : null}
          </div>
          {ways.putBack ? (
            <Way why={mayPutBack ? words.putBackWhy : words.putBackNot}>
              <EventButton event="PUT_BACK" disabled={!mayPutBack}>
                {words.putBack}
              </EventButton>
            </Way>
          ) : null}
          {ways.extract ? (
            <Way why={words.extractWhy}>
              <EventButton event="EXTRACT" variant="quiet">
                {words.extract}
              </EventButton>
            </Way>
          ) : null}
          {ways.whole ? (
            <Way why={words[suggested?.scope ?? 'crm']}>
              <EventButton event="CHOOSE_POINT" variant={ways.putBack ? 'quiet' : 'primary'}>
                {words.choose}
              </EventButton>
            </Way>
          ) : null}
        </div>
      ) : null}
    </div>
  )
}

/** A way back and what it means. */
function Way({ why, children }: { why: string; children: ReactNode }): ReactNode {
  return (
    <div className="grid items-center gap-x-4 gap-y-1 border-t border-line pt-3 sm:grid-cols-[16rem_1fr]">
      {children}
      <p className="text-sm text-soft">{why}</p>
    </div>
  )
}

type PlacedRecord = ToldRecord & { at: number }

function Records({
  records,
  ticked,
  tick,
  words,
}: {
  records: PlacedRecord[]
  ticked: number[]
  tick: (at: number, checked: boolean) => void
  words: Words
}): ReactNode {
  return (
    <Table caption={words.caption} stacks>
      <Thead>
        <tr>
          <Th>{words.record}</Th>
          <Th>{words.kind}</Th>
          <Th>{words.points}</Th>
          <Th>{words.since}</Th>
          <Th>{words.who}</Th>
        </tr>
      </Thead>
      <Tbody>
        {records.map((record) => (
          <tr key={record.at}>
            <RowHead className="max-md:col-span-3">
              {record.canComeBack ? (
                <label className="flex min-h-11 items-center gap-3">
                  <input
                    type="checkbox"
                    name="record"
                    value={record.at}
                    checked={ticked.includes(record.at)}
                    aria-label={record.tick}
                    onChange={({ target }) => tick(record.at, target.checked)}
                    className="size-5 shrink-0 accent-accent"
                  />
                  <span className="min-w-0 break-words">{record.title}</span>
                </label>
              ) : (
                <span className="break-words">{record.title}</span>
              )}
            </RowHead>
            <Td className="max-md:col-span-3 max-md:text-soft">{record.kind}</Td>
            <Td className="max-md:col-span-3">
              <Marks marks={record.marks} />
            </Td>
            <Td className={cx('figures max-md:col-span-3', record.live === false && 'text-danger')}>{record.since}</Td>
            <Td className="max-md:col-span-3 max-md:text-soft">{record.who}</Td>
          </tr>
        ))}
      </Tbody>
    </Table>
  )
}

function suggestionWords({ has, all }: Suggestion, point: string, words: Words): string {
  const text = has === all ? words.all : words.some
  return text.replace('{point}', point).replace('{has}', String(has)).replace('{all}', String(all))
}

const looks: Record<MarkState, { icon: ReactNode; className: string }> = {
  present: { icon: <Check aria-hidden="true" />, className: 'border-good-line bg-good-tint text-good' },
  absent: { icon: <Minus aria-hidden="true" />, className: 'border-dashed border-control/60 text-faint' },
  unknown: { icon: <CircleQuestionMark aria-hidden="true" />, className: 'border-warn-line bg-warn-tint text-warn' },
}

/** One small mark a point, the oldest first, and one for now, set a little apart. */
function Marks({ marks }: { marks: ToldRecord['marks'] }): ReactNode {
  return (
    <ol className="flex flex-wrap gap-0.5 md:w-max">
      {marks.map(({ state, words }) => (
        <li
          key={words}
          title={words}
          className={cx('grid size-5 place-items-center rounded-sm border last:ml-1.5 [&_svg]:size-3.5', looks[state].className)}
        >
          {looks[state].icon}
          <span className="sr-only">{words}</span>
        </li>
      ))}
    </ol>
  )
}
