'use client'

import { type ComponentProps, type ReactNode, useId } from 'react'
import { useFormFacts } from './action-form.tsx'
import { cx } from './cx.ts'

type Labelled = { label: ReactNode; name: string; hint?: ReactNode; dense?: boolean; optional?: string }

const control = (dense: boolean, wrong: boolean): string =>
  cx(
    'block w-full rounded-md border bg-surface text-ink transition-colors',
    dense ? 'min-h-8 px-2 py-1 text-dense' : 'min-h-11 px-3 py-2 text-base',
    wrong ? 'border-danger' : 'border-control hover:border-soft',
    'disabled:bg-sunken disabled:text-faint',
  )

/** Label, hint and error around one control; the error comes from the form's last answer, and what was typed stays. */
function Labelling({
  label,
  name,
  hint,
  optional,
  dense = false,
  children,
}: Labelled & {
  children: (wiring: { id: string; 'aria-describedby': string | undefined; 'aria-invalid': boolean | undefined }) => ReactNode
}): ReactNode {
  const error = useFormFacts().fieldErrors[name]
  // Several forms of a page may ask for the same thing, a reason for instance.
  const id = useId()
  const described = [hint ? `${id}-hint` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ')
  return (
    <div className={dense ? 'space-y-1' : 'space-y-1.5'}>
      <label htmlFor={id} className={cx('block font-medium', dense ? 'text-dense' : 'text-base')}>
        {label}
        {optional === undefined ? null : <span className="ml-2 font-normal text-faint">{optional}</span>}
      </label>
      {hint === undefined ? null : (
        <p id={`${id}-hint`} className="text-sm text-soft">
          {hint}
        </p>
      )}
      {children({ id, 'aria-describedby': described || undefined, 'aria-invalid': error ? true : undefined })}
      {error ? (
        <p id={`${id}-error`} className="text-sm font-medium text-danger">
          {error}
        </p>
      ) : null}
    </div>
  )
}

/** What is missing of a choice, where no single control could carry it: ticks, radio buttons. It takes the focus itself. */
export function ChoiceError({ name }: { name: string }): ReactNode {
  const error = useFormFacts().fieldErrors[name]
  if (!error) return null
  return (
    <p data-field-error={name} tabIndex={-1} className="text-sm font-medium text-danger outline-none">
      {error}
    </p>
  )
}

export function Field({
  label,
  hint,
  optional,
  dense = false,
  name,
  className,
  ...rest
}: Labelled & ComponentProps<'input'>): ReactNode {
  return (
    <Labelling {...{ label, name, hint, dense }} {...(optional === undefined ? {} : { optional })}>
      {(wiring) => (
        <input name={name} className={cx(control(dense, Boolean(wiring['aria-invalid'])), className)} {...wiring} {...rest} />
      )}
    </Labelling>
  )
}

export function Textarea({
  label,
  hint,
  optional,
  dense = false,
  name,
  className,
  rows = 4,
  ...rest
}: Labelled & ComponentProps<'textarea'>): ReactNode {
  return (
    <Labelling {...{ label, name, hint, dense }} {...(optional === undefined ? {} : { optional })}>
      {(wiring) => (
        <textarea
          name={name}
          rows={rows}
          className={cx(
            control(dense, Boolean(wiring['aria-invalid'])),
            'field-sizing-content max-h-96 min-h-20 resize-y',
            className,
          )}
          {...wiring}
          {...rest}
        />
      )}
    </Labelling>
  )
}

/** The browser's own list: the best there is on a phone, and it needs no script. */
export function NativeSelect({
  label,
  hint,
  optional,
  dense = false,
  name,
  className,
  children,
  ...rest
}: Labelled & ComponentProps<'select'>): ReactNode {
  return (
    <Labelling {...{ label, name, hint, dense }} {...(optional === undefined ? {} : { optional })}>
      {(wiring) => (
        <select name={name} className={cx(control(dense, Boolean(wiring['aria-invalid'])), className)} {...wiring} {...rest}>
          {children}
        </select>
      )}
    </Labelling>
  )
}
