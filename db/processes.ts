import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'

/**
 * Children that outlive nobody. Each runs in a session of its own, so that Ctrl-C reaches only us and we stop them in order. A tiny
 * shell, also in its own session, holds a pipe to us: when we are killed the pipe breaks, and it stops what is left.
 */
const REAPER = `trap '' INT TERM HUP
while read -r op pid; do case $op in
  +) list="$list $pid";;
  -) new=; for p in $list; do [ "$p" = "$pid" ] || new="$new $p"; done; list=$new;; esac; done
alive() { for p in $list; do kill -0 "$p" 2>/dev/null && return 0; done; return 1; }
alive || exit 0
kill -INT $list 2>/dev/null; n=0
while [ $n -lt 80 ] && alive; do sleep 0.1; n=$((n+1)); done
alive && kill -KILL $list 2>/dev/null`

let reaper: ChildProcess | undefined

/** Spawns a child that is stopped when this process ends, however it ends. */
export function startChild(command: string, args: string[], options: SpawnOptions): ChildProcess {
  reaper ??= startReaper()
  const child = spawn(command, args, { ...options, detached: true })
  tellReaper(`+ ${child.pid}`)
  child.once('exit', () => tellReaper(`- ${child.pid}`))
  return child
}

/** Sends `signal`, waits for the end, and kills after `graceMs`. Returns at once when the child is gone already. */
export async function stopChild(child: ChildProcess, signal: NodeJS.Signals, graceMs: number): Promise<void> {
  if (hasEnded(child)) return
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill(signal)
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
  await gone
  clearTimeout(timer)
}

/** True when the child was never started or has ended. */
export function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null
}

function startReaper(): ChildProcess {
  const shell = spawn('/bin/sh', ['-c', REAPER], { cwd: '/', detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  shell.unref()
  return shell
}

function tellReaper(line: string): void {
  reaper?.stdin?.write(`${line}\n`)
}
