import type { ProtectedData } from '#db/schema/index.ts'

/** What the demo's vendor lets no restore roll back (S64–S69): who may do what, who wants no mail, what was done, what was sent. */
export const protectedData: ProtectedData = {
  tables: [
    { schema: 'crm', table: 'opt_outs', kind: 'opt_outs' },
    { schema: 'intranet', table: 'revoked_access', kind: 'identities' },
    { schema: 'intranet', table: 'audit_log', kind: 'audit_log' },
    { schema: 'intranet', table: 'outbox', kind: 'outbound' },
  ],
  columns: [
    { schema: 'crm', table: 'contacts', kind: 'opt_outs', columns: { newsletter: { set: 'false' } } },
    { schema: 'crm', table: 'campaigns', kind: 'outbound', columns: { status: { set: 'paused' } } },
    { schema: 'intranet', table: 'employees', kind: 'identities', columns: { active: { set: 'false' } } },
    { schema: 'intranet', table: 'employees', kind: 'ownership', columns: { role: { set: 'employee' } } },
  ],
}
