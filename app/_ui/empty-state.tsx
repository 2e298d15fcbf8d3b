import type { ReactNode } from 'react'

/** Nothing here, why, and what to do about it. */
export function EmptyState({
  icon,
  title,
  children,
  action,
}: {
  icon?: ReactNode
  title: string
  children?: ReactNode
  action?: ReactNode
}): ReactNode {
  return (
    <div className="flex flex-col items-center gap-2 rounded-lg border border-dashed border-control/50 px-6 py-10 text-center">
      {icon === undefined ? null : <div className="text-faint [&_svg]:size-7">{icon}</div>}
      <p className="font-medium">{title}</p>
      {children === undefined ? null : <div className="max-w-prose text-soft">{children}</div>}
      {action === undefined ? null : <div className="pt-2">{action}</div>}
    </div>
  )
}
