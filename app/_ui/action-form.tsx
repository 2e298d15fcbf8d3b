'use client'

import { createContext, type ReactNode, startTransition, useActionState, useContext, useEffect, useRef, useState } from 'react'
import { type FormAction, unanswered } from './action-state.ts'
import { RefusalCard } from './refusal-card.tsx'

type FormFacts = { pending: boolean; pressed: string | null; fieldErrors: Record<string, string> }
const Facts = createContext<FormFacts>({ pending: false, pressed: null, fieldErrors: {} })
export const useFormFacts = (): FormFacts => useContext(Facts)

/**
 * A form that sends one server action and shows its answer beside the button. What is missing or wrong is said by the action, in the page's words
 * at the field, never by a bubble of the browser's (`noValidate`); the first such field gets the focus, and what was typed stays. With scripts it is sent by hand, because React would
 * empty the fields after an action; without scripts the browser posts it as any form.
 */
export function ActionForm({
  action,
  hidden = {},
  idempotencyKey,
  className,
  children,
  label,
}: {
  action: FormAction
  /** Facts that go along unseen: the ticket, the version the reader saw. */
  hidden?: Record<string, string | number>
  /** From the server, new for every page; the count of answers is added to it. */
  idempotencyKey?: string
  className?: string
  children: ReactNode
  /** The form's accessible name. */
  label?: string
}): ReactNode {
  const [state, send, pending] = useActionState(action, unanswered)
  const [pressed, setPressed] = useState<string | null>(null)
  const whole = useRef<HTMLFormElement>(null)
  const answer = useRef<HTMLDivElement>(null)

  useEffect(() => {
    if (state.answers === 0) return
    if (state.refusal) answer.current?.focus()
    // On a long page the field that is wrong may be far from the button.
    else whole.current?.querySelector<HTMLElement>('[aria-invalid="true"], [data-field-error]')?.focus()
  }, [state])

  return (
    <form
      ref={whole}
      action={send}
      aria-label={label}
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        if (pending) return
        const submitter = event.nativeEvent instanceof SubmitEvent ? event.nativeEvent.submitter : null
        const form = new FormData(event.currentTarget, submitter)
        setPressed(submitter?.dataset.event ?? null)
        startTransition(() => send(form))
      }}
    >
      {Object.entries(hidden).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      {idempotencyKey === undefined ? null : (
        <input type="hidden" name="idempotencyKey" value={`${idempotencyKey}:${state.answers}`} />
      )}
      <div className={className}>
        <Facts value={{ pending, pressed, fieldErrors: state.fieldErrors }}>{children}</Facts>
      </div>
      <div ref={answer} tabIndex={-1} aria-live="polite" className="outline-none empty:hidden">
        {state.refusal && !pending ? (
          <div className="mt-4">
            <RefusalCard refusal={state.refusal} />
          </div>
        ) : null}
        {state.done && !pending ? <p className="mt-3 text-good">{state.done}</p> : null}
      </div>
    </form>
  )
}
