import { type AdapterRefusal, type AdapterRefusalCode, AdapterRefused } from '../../port.ts'

/** What the remote said no to, or why its answer cannot be used: `remote_unusable` unless it named a reason of its own. */
export class RemoteProblem extends AdapterRefused {
  override name = 'RemoteProblem'

  constructor(because: string, code: AdapterRefusalCode = 'remote_unusable', facts: AdapterRefusal['facts'] = {}) {
    super({ code, facts: { because, ...facts } })
    this.message = because
  }
}

/** It broke on the way, and the same question may be asked again under the same key. */
export class PassingProblem extends RemoteProblem {
  override name = 'PassingProblem'
}
