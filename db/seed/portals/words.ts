/** Pools from which one language's portals are filled. All plain data; SQL picks from them by a hash of the row's number. */
export type Words = {
  firstNames: { women: string[]; men: string[] }
  /** Same length, same order: in Polish a surname agrees with its bearer. */
  lastNames: { women: string[]; men: string[] }
  companyRoots: string[]
  companyTrades: string[]
  companySuffixes: string[]
  cities: { name: string; country: string; postCode: string; dialling: string }[]
  streets: string[]
  industries: string[]
  positions: string[]
  jobTitles: string[]
  departments: string[]
  dealSuffixes: string[]
  activitySubjects: string[]
  activityNotes: string[]
  leadNotes: string[]
  optOutSources: string[]
  revocations: { left: string; other: string[] }
  taskTitles: string[]
  eventTitles: string[]
  places: string[]
  conversationTopics: string[]
  messageBodies: string[]
  projectNames: string[]
  fileNames: string[]
}
