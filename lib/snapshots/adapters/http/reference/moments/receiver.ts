import type { ServerUser } from '#db/embedded-place.ts'
import { hasEnded } from '#db/processes.ts'
import { pgEnvironment } from '../../../restic/pg-environment.ts'
import { type Running, startProgram } from '../../../restic/run-program.ts'
import type { MomentPrograms } from './programs.ts'

type Receiving = { adminUrl: string; programs: MomentPrograms; user: ServerUser; slot: string; directory: string }

/**
 * `pg_receivewal`, kept running. Chosen over the server's `archive_command`: it needs nothing of the server's configuration and no directory in common with it, what was
 * written a moment ago is here without waiting for a segment to be full, and the slot keeps on the server what was written while nobody received.
 */
export class Receiver {
  readonly #receiving: Receiving
  #running: Running | null = null
  #said: string | null = null
  /** Whether it was seen to receive since it was started: one that cannot write what it is sent tells at its start how far it had come, like any other. */
  isProved = false

  constructor(receiving: Receiving) {
    this.#receiving = receiving
  }

  /** Why it ended the last time, as it said itself; null while it runs. */
  get because(): string | null {
    return this.#running !== null && !hasEnded(this.#running.child) ? null : this.#said
  }

  /** Starts it where it does not run. It goes on after the last segment that is here. */
  keepRunning(): void {
    if (this.#running !== null && !hasEnded(this.#running.child)) return
    const { adminUrl, programs, user, slot, directory } = this.#receiving
    const running = startProgram(
      programs.receiveWal,
      // One that repeats by itself would not say what is wrong.
      [`--directory=${directory}`, `--slot=${slot}`, '--synchronous', '--no-loop', '--no-password'],
      { env: pgEnvironment(adminUrl, 'postgres'), user },
    )
    this.#running = running
    this.isProved = false
    running.child.stdin?.end()
    running.child.stdout?.resume()
    void running.ended.then(({ said }) => {
      this.#said = said.trim().slice(-600) || 'it was ended'
    })
  }

  async stop(): Promise<void> {
    await this.#running?.stop()
    await this.#running?.ended
  }
}
