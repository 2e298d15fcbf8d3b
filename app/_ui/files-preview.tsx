import FileText from 'lucide-react/icons/file-text'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { bytes } from '#lib/domain/byte-words.ts'
import type { FilesReport } from '#lib/snapshots/preview-report.ts'
import { number } from './format/numbers.ts'
import { absoluteTime } from './format/time.ts'
import type { PreviewHeads, PreviewTense } from './preview-heads.ts'
import { SearchableNames } from './searchable-names.tsx'
import { Stat, Stats } from './stat.tsx'

type Props = {
  files: FilesReport | undefined
  heads: PreviewHeads
  tense: PreviewTense
  purpose: 'restore' | 'undo'
  timeZone: string
  /** For the desk: how many, never which (S84). */
  masked: boolean
}

/** What becomes of the portal's files: how many, how large, and the files themselves to search. Nothing where the portal keeps none. */
export async function FilesPreview({ files, ...props }: Props): Promise<ReactNode> {
  const t = await getTranslations('preview.files')
  if (files === undefined) return null
  return (
    <section className="space-y-3" data-files={typeof files === 'string' ? files : 'compared'}>
      <div className="space-y-1">
        <h3 className="font-semibold">{t('title')}</h3>
        {typeof files === 'string' ? null : <p className="text-sm text-soft">{t(`why.${props.tense}`)}</p>}
      </div>
      {typeof files === 'string' ? <Quiet>{t(`${files}.${props.tense}`)}</Quiet> : <Compared files={files} {...props} />}
    </section>
  )
}

type Counted = Exclude<FilesReport, string>

async function Compared({ files, heads, tense, purpose, timeZone, masked }: Props & { files: Counted }): Promise<ReactNode> {
  const [preview, t, locale] = await Promise.all([getTranslations('preview'), getTranslations('preview.files'), getLocale()])
  const { missing, newer, changed, lostBytes, examples, examplesCut } = files
  if (missing + newer + changed === 0) return <Quiet>{t('nothing')}</Quiet>
  const undo = purpose === 'undo'
  return (
    <>
      <Stats columns={3}>
        <Stat
          label={heads.comesBack}
          value={number(missing, locale)}
          note={tense === 'done' ? null : preview('comesBackNote')}
          tone="good"
        />
        <Stat
          label={heads.wiped}
          value={number(newer, locale)}
          note={undo ? t('lostByUndoNote') : t('lostNote')}
          tone={newer > 0 ? 'danger' : 'neutral'}
        />
        <Stat
          label={heads.changed}
          value={number(changed, locale)}
          note={undo ? preview('changedByUndoNote') : preview('changedNote')}
        />
      </Stats>
      {newer + changed === 0 ? null : (
        <p className="text-sm text-soft">{t(`size.${tense}`, { size: bytes(lostBytes, locale) })}</p>
      )}
      {masked || examples.length === 0 ? null : (
        <SearchableNames
          names={examples.map(({ kind, path, bytes: size, modifiedAt }) => ({
            kind,
            title: path,
            type: bytes(size, locale),
            facts: absoluteTime(new Date(modifiedAt), { locale, timeZone }),
          }))}
          words={{
            title: t('names.title'),
            search: t('names.search'),
            none: t('names.none'),
            more: preview('names.more'),
            cut: examplesCut ? t('names.cut') : null,
            kinds:
              tense === 'asked'
                ? { missing: preview('kind.missing'), newer: preview('kind.newer'), changed: preview('kind.changed') }
                : { missing: heads.comesBack, newer: heads.wiped, changed: heads.changed },
          }}
        />
      )}
    </>
  )
}

function Quiet({ children }: { children: ReactNode }): ReactNode {
  return (
    <p className="flex gap-3 rounded-lg border border-line bg-surface px-4 py-2.5">
      <FileText aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-soft" />
      {children}
    </p>
  )
}
