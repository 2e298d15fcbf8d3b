/** S1: somebody who is not the owner is told that there is one, not who: `Maria Kowalska` is shown as `M. K.` */
export function maskName(name: string): string {
  return name
    .split(/[\s-]+/)
    .map((part) => [...part][0])
    .filter((initial) => initial !== undefined)
    .map((initial) => `${initial.toUpperCase()}.`)
    .join(' ')
}
