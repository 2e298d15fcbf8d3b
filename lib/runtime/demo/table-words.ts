import type { TableWords } from '#db/schema/index.ts'

const entered = { whoColumn: 'created_by', whenColumn: 'created_at' }

/** What the demo portals' tables are called by people, and which of their columns tell who, when, what and how much. */
export const tableWords: TableWords[] = [
  { schema: 'crm', table: 'companies', name: { en: 'Companies', pl: 'Firmy' }, ...entered, titleColumn: 'name' },
  { schema: 'crm', table: 'contacts', name: { en: 'Contacts', pl: 'Kontakty' }, ...entered, titleColumn: 'full_name' },
  { schema: 'crm', table: 'leads', name: { en: 'Leads', pl: 'Leady' }, ...entered, titleColumn: 'full_name' },
  {
    schema: 'crm',
    table: 'deals',
    name: { en: 'Deals', pl: 'Szanse sprzedaży' },
    ...entered,
    titleColumn: 'title',
    moneyColumn: 'amount',
  },
  { schema: 'crm', table: 'activities', name: { en: 'Activities', pl: 'Aktywności' }, ...entered, titleColumn: 'subject' },
  {
    schema: 'crm',
    table: 'products',
    name: { en: 'Products', pl: 'Produkty' },
    whenColumn: 'created_at',
    titleColumn: 'name',
    moneyColumn: 'unit_price',
  },
  { schema: 'crm', table: 'quotes', name: { en: 'Quotes', pl: 'Oferty' }, ...entered },
  { schema: 'crm', table: 'quote_lines', name: { en: 'Quote lines', pl: 'Pozycje ofert' }, moneyColumn: 'total' },
  { schema: 'intranet', table: 'departments', name: { en: 'Departments', pl: 'Działy' }, titleColumn: 'name' },
  {
    schema: 'intranet',
    table: 'employees',
    name: { en: 'People', pl: 'Pracownicy' },
    whenColumn: 'created_at',
    titleColumn: 'full_name',
  },
  {
    schema: 'intranet',
    table: 'projects',
    name: { en: 'Projects', pl: 'Projekty' },
    ...entered,
    titleColumn: 'name',
    moneyColumn: 'budget',
  },
  { schema: 'intranet', table: 'tasks', name: { en: 'Tasks', pl: 'Zadania' }, ...entered, titleColumn: 'title' },
  { schema: 'intranet', table: 'calendar_events', name: { en: 'Calendar', pl: 'Kalendarz' }, ...entered, titleColumn: 'title' },
  { schema: 'intranet', table: 'conversations', name: { en: 'Conversations', pl: 'Rozmowy' }, ...entered, titleColumn: 'topic' },
  { schema: 'intranet', table: 'messages', name: { en: 'Messages', pl: 'Wiadomości' }, ...entered, titleColumn: 'body' },
  { schema: 'intranet', table: 'files', name: { en: 'Files', pl: 'Pliki' }, ...entered, titleColumn: 'name' },
  {
    schema: 'intranet',
    table: 'audit_log',
    name: { en: 'Audit log', pl: 'Dziennik zmian' },
    whoColumn: 'who',
    whenColumn: 'at',
    titleColumn: 'action',
  },
  {
    schema: 'intranet',
    table: 'outbox',
    name: { en: 'Outgoing events', pl: 'Zdarzenia wychodzące' },
    whenColumn: 'at',
    titleColumn: 'topic',
  },
]
