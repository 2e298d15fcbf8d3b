/**
 * A definition as it reads after a dump and a load. PostgreSQL keeps `status IN ('new', 'won')` over a varchar in other words when it is read back
 * from its own text: one cast of the array becomes a cast of each element. Both mean the same, so a table that was loaded has not moved.
 */
export function settled(line: string): string {
  return line.replace(castArray, (_, elements: string) => `ARRAY[${elements.replace(element, '($&)::text')}]`)
}

const literal = "'(?:[^']|'')*'::(?:character varying|bpchar|character\\(\\d+\\))"
const castArray = new RegExp(`\\(ARRAY\\[(${literal}(?:, ${literal})*)\\]\\)::text\\[\\]`, 'g')
const element = new RegExp(literal, 'g')
