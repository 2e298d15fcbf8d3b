import { sendMail } from '#lib/mail/send-mail.ts'
import { payloads } from '../payloads.ts'
import { task } from '../task.ts'

export const sendMailTask = task(payloads.sendMail, ({ db, post }, { outboxId }) => sendMail(db, post, outboxId))
