import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { Choice } from '#app/_ui/choice.tsx'
import { ChoiceError, Field } from '#app/_ui/field.tsx'
import type { ConsentWords } from './consent-text.ts'

/** A tick for each danger, and the portal's name typed by hand: nobody signs this by accident. */
export async function SignatureFields({ words, portalName }: { words: ConsentWords; portalName: string }): Promise<ReactNode> {
  const t = await getTranslations('consent')
  return (
    <div className="space-y-4">
      <fieldset className="space-y-2">
        <legend className="mb-2 font-medium">{t('know')}</legend>
        {words.dangers.map(({ danger, words: line }) => (
          <Choice
            key={danger}
            type="checkbox"
            name={`danger-${danger}`}
            value="yes"
            required
            title={<span className="font-normal">{line}</span>}
          />
        ))}
        <ChoiceError name="dangers" />
      </fieldset>
      <Field
        name="typedName"
        label={t('typeName')}
        hint={t('typeNameHint', { portal: portalName })}
        autoComplete="off"
        spellCheck={false}
        required
        maxLength={500}
      />
    </div>
  )
}
