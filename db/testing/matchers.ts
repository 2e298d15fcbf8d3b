import { expect } from 'vitest'

// The library types what `expect.any` and its like return as `any`, which would spread into what they stand in.

export const someNumber: unknown = expect.any(Number)
export const textWith = (part: string): unknown => expect.stringContaining(part)
export const textLike = (pattern: RegExp): unknown => expect.stringMatching(pattern)
export const listWith = (items: readonly unknown[]): unknown => expect.arrayContaining([...items])
