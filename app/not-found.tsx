import type { Metadata } from 'next'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { NothingHere } from './_ui/nothing-here.tsx'
import { Shell } from './_ui/shell.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('notFound'))('title') }
}

/** A true 404, and the same for what does not exist and for what is somebody else's (I8, S113). */
export default function NotFound(): ReactNode {
  return (
    <Shell temper="customer" person={null}>
      <NothingHere />
    </Shell>
  )
}
