/**
 * Where archives are kept and what opens it. The address may hold a user and a password of its own: it travels in the environment of
 * the child, never on a command line, and is struck out of whatever restic says.
 */
export type Repository = {
  address: string
  passwordFile: string
  /** How restic reaches an `sftp:` address, where plain `ssh` would not do (a key, a port). */
  sftpCommand: string | null
  /** What else the back end needs (keys of an object store); nothing of the desk's own environment. */
  environment: Readonly<Record<string, string>>
  /** How long restic may try again what failed. Its own quarter of an hour is long for a portal whose tables a capture holds. */
  patienceMs: number
}

/** Asked for at each call: what is not configured is told as a refusal of that call, not at start-up. */
export type FindRepository = () => Repository | null
