import { computePreview } from '#lib/snapshots/compute-preview.ts'
import { payloads } from '../payloads.ts'
import { task } from '../task.ts'

export const computePreviewTask = task(payloads.computePreview, ({ db }, { previewId }, { signal }) =>
  computePreview(db, previewId, signal),
)
