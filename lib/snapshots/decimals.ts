/** Exact sum of two decimals as text; what is no plain decimal (NaN, money with a sign of currency) counts as nothing. */
export function addDecimals(a: string, b: string): string {
  const [left, right] = [parse(a), parse(b)]
  if (!left || !right) return left ? a : b
  const scale = Math.max(left.scale, right.scale)
  const sum = left.digits * 10n ** BigInt(scale - left.scale) + right.digits * 10n ** BigInt(scale - right.scale)
  return write(sum, scale)
}

function parse(text: string): { digits: bigint; scale: number } | null {
  const found = /^(-?\d+)(?:\.(\d+))?$/.exec(text)
  if (!found) return null
  const fraction = found[2] ?? ''
  return { digits: BigInt(`${found[1]}${fraction}`), scale: fraction.length }
}

function write(digits: bigint, scale: number): string {
  if (scale === 0) return digits.toString()
  const sign = digits < 0n ? '-' : ''
  const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, '0')
  return `${sign}${text.slice(0, -scale)}.${text.slice(-scale)}`
}
