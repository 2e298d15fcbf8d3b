import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { textWith } from '#db/testing/matchers.ts'
import { serverUser } from '../../postgres/testing/cluster.ts'
import { makeTree } from '../testing/file-tree.ts'

test('whoever may not give files to others, or not write beside the tree, is told what is missing', () => {
  const { root, parent } = makeTree()
  const user = serverUser()
  if (user.uid === undefined) throw new Error('this test is run by root, and asks as somebody else')
  const shell = (script: string) => spawnSync('sh', ['-c', script, parent, root], { encoding: 'utf8' })
  shell(`chown -R -h ${user.uid}:${user.gid} "$0"`)
  expect(problemsAs(user, root)).toEqual([])
  shell('chown 33:44 "$1/private"')
  expect(problemsAs(user, root)).toEqual([textWith('private belongs to user 33, group 44: only root can give files to others')])
  shell(`chown ${user.uid}:${user.gid} "$1/private"; chown 0:0 "$0"; chmod 755 "$0"`)
  expect(problemsAs(user, root)).toEqual([textWith('nothing can be written beside it')])
})

/** As another user sees it: rights are the process's. */
function problemsAs(user: { uid?: number; gid?: number }, root: string): string[] {
  const asked = new URL('./find-place-problems.ts', import.meta.url).href
  const script = `import { findPlaceProblems } from ${JSON.stringify(asked)}
    console.log(JSON.stringify(await findPlaceProblems(${JSON.stringify(root)}, null, [])))`
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    ...user,
    cwd: '/',
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
  return z.array(z.string()).parse(JSON.parse(stdout))
}
