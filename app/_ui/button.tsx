import type { Route } from 'next'
import Link from 'next/link'
import type { ComponentProps, ReactNode } from 'react'
import { cx } from './cx.ts'

export type ButtonVariant = 'primary' | 'danger' | 'quiet' | 'plain'
/** `regular` is for thumbs (44 px), `dense` for the desk (32 px), `row` for a line of its tables (24 px, in rows of 36). */
export type ButtonSize = 'regular' | 'dense' | 'row'
type Look = { variant?: ButtonVariant | undefined; size?: ButtonSize | undefined; wide?: boolean | undefined }

const variants: Record<ButtonVariant, string> = {
  primary: 'bg-accent text-on-accent border-transparent hover:bg-accent-strong',
  danger: 'bg-danger text-on-danger border-transparent hover:bg-danger-strong',
  quiet: 'bg-surface text-ink border-control hover:bg-hover',
  plain: 'bg-transparent text-accent border-transparent hover:bg-hover hover:text-accent-strong',
}
const sizes: Record<ButtonSize, string> = {
  regular: 'min-h-11 px-4 py-2 text-base gap-2',
  dense: 'min-h-8 px-2.5 py-1 text-dense gap-1.5',
  row: 'min-h-8 px-2.5 text-dense gap-1.5 md:min-h-6 md:px-1.5',
}

/** The look of a button, for links that are one too. */
export function buttonLook({ variant = 'quiet', size = 'regular', wide = false }: Look): string {
  return cx(
    'inline-flex items-center justify-center rounded-md border text-center font-medium transition-colors select-none',
    'disabled:cursor-not-allowed disabled:border-line disabled:bg-sunken disabled:text-faint',
    'aria-disabled:cursor-not-allowed aria-disabled:border-line aria-disabled:bg-sunken aria-disabled:text-faint',
    '[&_svg]:size-[1.15em] [&_svg]:shrink-0',
    variants[variant],
    sizes[size],
    wide && 'w-full',
  )
}

/** A button that is no event of a ticket; one that is, is an `EventButton`. */
export function Button({
  variant,
  size,
  wide,
  icon,
  className,
  children,
  type = 'button',
  ...rest
}: Look & { icon?: ReactNode } & ComponentProps<'button'>): ReactNode {
  return (
    <button type={type} className={cx(buttonLook({ variant, size, wide }), className)} {...rest}>
      {icon}
      {children}
    </button>
  )
}

/** A link that looks like a button: for going somewhere, never for changing something. */
export function ButtonLink({
  href,
  variant,
  size,
  wide,
  icon,
  className,
  children,
}: Look & { href: Route; icon?: ReactNode; className?: string; children: ReactNode }): ReactNode {
  return (
    <Link href={href} className={cx(buttonLook({ variant, size, wide }), className)}>
      {icon}
      {children}
    </Link>
  )
}
