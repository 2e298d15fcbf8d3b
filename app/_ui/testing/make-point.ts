import type { RestorePoint } from '../restore-points.ts'

/** A daily restore point that is ready, and whatever a test wants to be otherwise. */
export const makePoint = (change: Partial<RestorePoint> & Pick<RestorePoint, 'id' | 'startedAt'>): RestorePoint => ({
  label: 'daily',
  note: null,
  state: 'ready',
  completedAt: change.startedAt,
  keptUntil: null,
  heldUntil: null,
  verifiedAt: null,
  provenAt: null,
  recoveryMs: null,
  barredMs: null,
  rowCount: null,
  byteCount: null,
  files: null,
  changes: null,
  inSecondPlace: false,
  ofMoment: false,
  place: null,
  reason: null,
  detail: null,
  ...change,
})
