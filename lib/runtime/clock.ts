/** Where code asks what time it is, so that a test can say. Deadlines are judged by the database's clock instead (I13). */
export type Clock = () => Date

export const systemClock: Clock = () => new Date()
