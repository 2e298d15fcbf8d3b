import type { ReactNode } from 'react'
import { NativeSelect } from './field.tsx'
import { offsetsAt } from './format/wall-clock.ts'

/** Which of the two it is, where a time comes twice (S31); not there where the zone's clocks show the same at all of these instants. */
export function OffsetSelect({
  at,
  timeZone,
  words,
}: {
  at: readonly Date[]
  timeZone: string
  words: { label: string; hint: string; none: string }
}): ReactNode {
  const offsets = offsetsAt(at, timeZone)
  if (offsets.length < 2) return null
  return (
    <NativeSelect name="offset" label={words.label} hint={words.hint} defaultValue="">
      <option value="">{words.none}</option>
      {offsets.map(({ shown, iso }) => (
        <option key={iso} value={iso}>
          {shown}
        </option>
      ))}
    </NativeSelect>
  )
}
