import { type Db, db } from '#db/client.ts'

/** The desk's database as pages and actions see it: `app` imports neither db nor a driver, so that it can only reach data through lib. */
export function deskDb(): Db {
  return db()
}
