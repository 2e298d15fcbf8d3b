/** What a colour means here: `danger` destroys or failed, `warn` a clock is running out, `good` proven or restored, `run` running. */
export type Tone = 'neutral' | 'accent' | 'run' | 'good' | 'warn' | 'danger'

export const toneText: Record<Tone, string> = {
  neutral: 'text-soft',
  accent: 'text-accent',
  run: 'text-run',
  good: 'text-good',
  warn: 'text-warn',
  danger: 'text-danger',
}
export const toneTint: Record<Tone, string> = {
  neutral: 'bg-sunken border-line',
  accent: 'bg-accent-tint border-accent-line',
  run: 'bg-run-tint border-run-line',
  good: 'bg-good-tint border-good-line',
  warn: 'bg-warn-tint border-warn-line',
  danger: 'bg-danger-tint border-danger-line',
}
