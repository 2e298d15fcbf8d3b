/** A no as a page shows it: already in the reader's words. */
export type SaidRefusal = {
  heading: string
  /** `rule R4 · policy version 3`: small print, for whoever is asked about it; null where no rule said it. */
  source: string | null
  sourceLabel: string
  why: string
  /** What would turn it into a yes; null where nothing would. */
  help: string | null
}

/** What a server action answers to the form that called it. The form keeps what was typed whatever the answer is. */
export type ActionState = {
  refusal: SaidRefusal | null
  /** By field name, in words. */
  fieldErrors: Record<string, string>
  /** Said quietly when it went well and the page itself does not show it. */
  done: string | null
  /** How many answers this form has had: a corrected form is another request, with an idempotency key of its own (S45). */
  answers: number
}

export const unanswered: ActionState = { refusal: null, fieldErrors: {}, done: null, answers: 0 }

export type FormAction = (previous: ActionState, form: FormData) => Promise<ActionState>

type Answer = Partial<Pick<ActionState, 'refusal' | 'fieldErrors' | 'done'>>

export const answered = (previous: ActionState, answer: Answer = {}): ActionState => ({
  ...unanswered,
  ...answer,
  answers: previous.answers + 1,
})
