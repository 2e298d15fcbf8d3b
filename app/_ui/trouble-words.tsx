'use client'

import { createContext, type ReactNode, useContext } from 'react'

export type Trouble = { title: string; safe: string; whatToDo: string; again: string; home: string; reference: string }
const Words = createContext<Trouble | null>(null)

/** Error pages run in the browser, where the words are not: the root layout hands them these few. */
export function TroubleWords({ words, children }: { words: Trouble; children: ReactNode }): ReactNode {
  return <Words value={words}>{children}</Words>
}

export const useTroubleWords = (): Trouble | null => useContext(Words)
