import { NextRequest } from 'next/server'
import { expect, test } from 'vitest'
import { proxy } from '../proxy.ts'

const answer = () => proxy(new NextRequest('http://localhost:3000/tickets/1001')).headers

test('S125 pages are stored by no cache, shared or private', () => {
  expect(answer().get('cache-control')).toBe('no-store')
})

test('S109 scripts run only with this answer’s nonce, and nothing may frame a page or take its forms elsewhere', () => {
  const policy = answer().get('content-security-policy') ?? ''
  expect(policy).toMatch(/script-src 'self' 'nonce-[^']{20,}' 'strict-dynamic';/)
  for (const rule of ["object-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"])
    expect(policy).toContain(rule)
  expect(policy).not.toContain('unsafe-eval')
  expect(answer().get('content-security-policy')).not.toBe(policy)
})

test('S109 a browser guesses no types and tells no other site where its reader came from', () => {
  expect(answer().get('x-content-type-options')).toBe('nosniff')
  expect(answer().get('referrer-policy')).toBe('same-origin')
})
