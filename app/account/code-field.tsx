import type { ReactNode } from 'react'
import { Field } from '#app/_ui/field.tsx'

/** Six digits, as telephones offer them: number keys, filled in from the message that brought the code. */
export function CodeField({ name, label, hint }: { name: string; label: string; hint?: string }): ReactNode {
  return (
    <Field
      name={name}
      label={label}
      {...(hint === undefined ? {} : { hint })}
      inputMode="numeric"
      autoComplete="one-time-code"
      maxLength={10}
      required
      spellCheck={false}
      className="figures max-w-40 tracking-widest"
    />
  )
}
