import type { DeskRefusalCode } from '../refusal.ts'
import type { Say } from './fact-reader.ts'

const days = { one: 'day', other: 'days' }
const minutes = { one: 'minute', other: 'minutes' }
const scopeNames = {
  extract: 'chosen records as files',
  put_back: 'putting chosen records back',
  crm: 'the CRM',
  full: 'the whole portal',
}
const rows = { one: 'row', other: 'rows' }

/** What the desk says no to, in English. Calm, without blame: first why, then what would help. */
export const deskEn: Record<DeskRefusalCode, Say> = {
  capture_overdue: (f) => ({
    why: `The daily copy was due by ${f.instant('due')} and has not been made.`,
    whatWouldHelp: 'Capture the portal now, and look at why the last capture did not come.',
  }),
  capture_under_way: () => ({
    why: 'A restore point of this portal is being made right now.',
    whatWouldHelp: 'Wait until it is finished; it may be all you need.',
  }),
  own_captures_reached: (f) => ({
    why: `Within 24 hours ${f.count('maximum', { one: 'restore point', other: 'restore points' })} can be made by hand, and that number has been reached.`,
    whatWouldHelp: `The next one is possible from ${f.instant('freeAt')}. The daily one comes by itself.`,
  }),
  snapshot_gone: () => ({
    why: 'This restore point is no longer kept.',
    whatWouldHelp: 'Choose a newer restore point. The portal’s own recycle bin may still hold single records.',
  }),
  snapshot_too_old: (f) => ({
    why: `Restore points are kept for ${f.count('retentionDays', days)}; this one’s time ended on ${f.instant('diesAt')}.`,
    whatWouldHelp: 'Choose a newer restore point. The portal’s own recycle bin may still hold single records.',
  }),
  snapshot_not_ready: () => ({
    why: 'This restore point is not usable: it is still being made, or its check failed.',
    whatWouldHelp: 'Choose one of its neighbours.',
  }),
  hold_maximum_reached: (f) => ({
    why: `The restore point was kept for this ticket as long as it may be${f.has('until') ? `, until ${f.instant('until')}` : ''}.`,
    whatWouldHelp: 'Choose a newer restore point and look at its loss preview.',
  }),
  hold_already_extended: () => ({
    why: 'The time for which this restore point is kept has been extended once already, and may be extended only once.',
    whatWouldHelp: 'Go on before it ends, or choose a newer restore point.',
  }),
  hold_limit_reached: (f) => ({
    why: `${f.count('openHolds', { one: 'restore point of this portal is', other: 'restore points of this portal are' })} being kept for tickets; more is not possible.`,
    whatWouldHelp: 'Finish or cancel a ticket of this portal first.',
  }),
  self_hosted: () => ({
    why: 'This portal runs on your own server, so its backups are made and kept by your own administrator. We hold no copy of it.',
    whatWouldHelp: 'Ask your administrator to restore the backup made on your server.',
  }),
  portal_suspended: () => ({
    why: 'This portal is suspended, and a suspended portal is not changed.',
    whatWouldHelp: 'Once the suspension is lifted, the restore can be asked for.',
  }),
  portal_deleted: () => ({
    why: 'This portal has been deleted.',
    whatWouldHelp: 'Within its grace period it can be reactivated first.',
  }),
  legal_hold: () => ({
    why: 'This portal’s data has to stay as it is for legal reasons.',
    whatWouldHelp: 'The desk can say when that ends. Restore points do not expire meanwhile.',
  }),
  scope_not_offered: (f) => ({
    why: 'This way of restoring is not offered here.',
    whatWouldHelp: `Offered: ${f.list('offered', scopeNames)}.`,
  }),
  records_needed: () => ({
    why: 'This is about single records, and none is chosen.',
    whatWouldHelp: 'Search for them under “Find my record” and tick the ones you need.',
  }),
  search_not_offered: () => ({
    why: 'The copies of this portal are kept in a way that cannot be searched.',
    whatWouldHelp: 'Choose a restore point by its time; the comparison shows what it would bring back.',
  }),
  single_person_restore: () => ({
    why: 'A restore puts the data of the whole portal back, for everybody. It cannot be done for one person only.',
    whatWouldHelp:
      'Search for that person’s records under “Find my record”. Those that are missing can be put back without touching anything else, or handed over as files.',
  }),
  not_owner: () => ({
    why: 'Only the portal’s owner can do this.',
    whatWouldHelp: 'The owner has been told and can answer by mail link or in the app.',
  }),
  no_owner: () => ({
    why: 'The portal has no owner at the moment.',
    whatWouldHelp: 'Once the ownership is settled, the new owner is asked.',
  }),
  typed_name_differs: (f) => ({
    why: 'The name that was typed is not the portal’s name.',
    whatWouldHelp: `Type “${f.text('portalName')}”.`,
  }),
  step_up_needed: () => ({
    why: 'This needs a second proof that it is you.',
    whatWouldHelp: 'Enter the code from your authenticator app or, where that is enough, one sent by mail.',
  }),
  step_up_stale: (f) => ({
    why: `Your second proof is older than ${f.count('freshMinutes', minutes)}.`,
    whatWouldHelp: 'Enter a new code, then try again. What you typed is kept.',
  }),
  mail_code_not_enough: () => ({
    why: 'A code by mail is not enough for a restore of the whole portal.',
    whatWouldHelp: 'Use your authenticator app or a passkey.',
  }),
  factor_too_new: (f) => ({
    why: f.has('until')
      ? `This authenticator app has been in use only since ${f.instant('enrolledAt')}. For a restore of the whole portal it counts from ${f.instant('until')}.`
      : 'Since when this authenticator app has been in use is not on record, so it does not count for a restore of the whole portal.',
    whatWouldHelp: f.has('until')
      ? 'Wait until then. If that is too late, write to the desk: two agents can check another way that it is you.'
      : 'Write to the desk: two agents can check another way that it is you.',
  }),
  approver_factor_too_new: (f) => ({
    why: f.has('until')
      ? `Your authenticator app has been in use only since ${f.instant('enrolledAt')}. For a vote on a restore of the whole portal it counts from ${f.instant('until')}.`
      : 'Since when your authenticator app has been in use is not on record, so it does not count for a vote on a restore of the whole portal.',
    whatWouldHelp: 'Another approver, whose app has been in use for longer, can decide now.',
  }),
  second_agent_needed: () => ({
    why: 'A recorded proof counts only after a second agent has confirmed it.',
    whatWouldHelp: 'Ask a colleague, other than whoever recorded it, to look at the evidence.',
  }),
  ticket_frozen: (f) => ({
    why: `This ticket has been frozen since ${f.instant('since')}, because somebody reported that it was not them.`,
    whatWouldHelp: 'An administrator of the desk looks into it and can lift the freeze.',
  }),
  preview_not_ready: (f) =>
    f.text('state') === 'failed'
      ? {
          why: 'The loss preview could not be computed, and nobody should say yes without it.',
          whatWouldHelp: 'Have it computed again. The desk sees what went wrong.',
        }
      : {
          why: 'The loss preview is not finished yet, and nobody should say yes before it is.',
          whatWouldHelp: 'Wait for the preview.',
        },
  preview_refused: () => ({
    why: 'The preview found that this restore cannot be carried out.',
    whatWouldHelp: 'The preview names the reason. Another restore point or another scope may work.',
  }),
  preview_changed: () => ({
    why: 'There is a newer loss preview than the one you looked at.',
    whatWouldHelp: 'Look at the new preview and decide again.',
  }),
  preview_of_another: () => ({
    why: 'This loss preview belongs to another restore point or another kind of restore.',
    whatWouldHelp: 'Open the ticket’s own preview.',
  }),
  consent_missing: () => ({
    why: 'The owner’s consent to this loss preview is missing.',
    whatWouldHelp: 'The owner looks at the preview and consents.',
  }),
  consent_stale: (f) => ({
    why: `${f.count('uncountedRows', rows)} would be lost that the owner has not seen.`,
    whatWouldHelp: 'The owner looks at the new preview and decides again.',
  }),
  plan_not_paid: (f) => ({
    why: `Restores are part of the paid plans; the portal’s plan is “${f.plan('plan')}”.`,
    whatWouldHelp: 'Upgrade the plan. The ticket goes on by itself as soon as the payment is confirmed.',
  }),
  plan_fact_outdated: () => ({ why: 'Billing has given a newer answer since.', whatWouldHelp: null }),
  approver_is_requester: () => ({
    why: 'Whoever asked for the restore cannot approve it.',
    whatWouldHelp: 'Another approver looks at it.',
  }),
  approver_is_handler: () => ({
    why: 'Whoever worked on this ticket cannot approve it.',
    whatWouldHelp: 'An approver who had no part in it looks at it.',
  }),
  approver_is_owner: () => ({
    why: 'The portal’s owner cannot approve the restore of their own portal.',
    whatWouldHelp: 'Another approver looks at it.',
  }),
  handler_has_voted: () => ({
    why: 'Whoever voted on this ticket cannot work on it as well.',
    whatWouldHelp: 'Somebody else of the desk takes it.',
  }),
  handler_is_party: () => ({
    why: 'Whoever asked for this restore or owns the portal cannot work on the ticket for the desk.',
    whatWouldHelp: 'Somebody else of the desk takes it.',
  }),
  already_voted: () => ({
    why: 'You have already voted on this preview.',
    whatWouldHelp: 'A second approval has to come from somebody else.',
  }),
  approvals_missing: (f) => ({
    why: `${f.number('counted')} of ${f.number('needed')} approvals are there.`,
    whatWouldHelp: 'Another approver looks at it.',
  }),
  approval_unanswered: () => ({
    why: 'Nobody on the desk could approve the restore in time, and silence is never a yes.',
    whatWouldHelp: 'Open a new ticket; the desk has been told.',
  }),
  another_restore_live: (f) => ({
    why: `Another restore of this portal is under way${f.has('number') ? ` (#${f.text('number')})` : ''}.`,
    whatWouldHelp: 'Once it is finished or cancelled, this one can go on.',
  }),
  joined_live_ticket: (f) => ({
    why: `There is already a ticket for this portal (#${f.text('number')}), and you now follow it.`,
    whatWouldHelp: 'Write there what you need.',
  }),
  safety_copy_missing: () => ({
    why: 'There is no verified safety copy, and nothing is overwritten without one.',
    whatWouldHelp: 'Make the safety copy again.',
  }),
  too_late: (f) => ({
    why: `The time for this ended on ${f.instant('due')}.`,
    whatWouldHelp: 'Open a new ticket while the restore point is kept.',
  }),
  too_early: (f) => ({ why: `This is not due before ${f.instant('due')}.`, whatWouldHelp: null }),
  timer_outdated: () => ({ why: 'This reminder no longer applies.', whatWouldHelp: null }),
  undo_window_over: (f) => ({
    why: f.has('until') ? `Undo was offered until ${f.instant('until')}.` : 'There is nothing to undo.',
    whatWouldHelp: 'A new ticket can go back to any restore point that is still kept.',
  }),
  nothing_paused: () => ({
    why: 'There is nothing here any more that is paused and could be decided about.',
    whatWouldHelp: 'Load the page again: it says what became of it.',
  }),
  window_in_past: () => ({ why: 'The window begins in the past.', whatWouldHelp: 'Choose a later time, or “now”.' }),
  window_too_late: (f) => ({
    why: `The window ends after ${f.instant('limit')}, when consent or restore point would be gone.`,
    whatWouldHelp: 'Choose an earlier window.',
  }),
  window_too_short: (f) => ({
    why: `The window is shorter than ${f.count('minimumMinutes', minutes)}.`,
    whatWouldHelp: 'Choose a later end.',
  }),
  time_does_not_exist: (f) => ({
    why: `${f.text('wallClock')} does not exist in ${f.text('timeZone')}: the clocks are put forward then.`,
    whatWouldHelp: 'Choose a time before or after the change.',
  }),
  time_is_ambiguous: (f) => ({
    why: `${f.text('wallClock')} comes twice in ${f.text('timeZone')}: the clocks are put back then.`,
    whatWouldHelp: `Choose which: ${f.list('offsets')}.`,
  }),
  not_allowed: () => ({ why: 'You cannot do this on this ticket.', whatWouldHelp: 'The ticket’s page shows what you can do.' }),
  not_found: () => ({ why: 'There is no such thing here, or you cannot see it.', whatWouldHelp: null }),
  not_now: () => ({
    why: 'The ticket has moved on, and this is not possible in its present state.',
    whatWouldHelp: 'The page shows what happened last and what can be done now.',
  }),
  past_commit: () => ({ why: 'The restore has already taken effect.', whatWouldHelp: 'It can be undone from the ticket.' }),
  run_outdated: () => ({ why: 'This belongs to a run that is no longer the ticket’s.', whatWouldHelp: null }),
  version_conflict: () => ({
    why: 'Somebody else changed the ticket while you were looking at it.',
    whatWouldHelp: 'Look at what changed and decide again. What you typed is kept.',
  }),
  idempotency_key_reused: () => ({
    why: 'This key was used before for another request.',
    whatWouldHelp: 'Use a new key for a new request.',
  }),
  already_assigned: () => ({
    why: 'Somebody from the desk is already working on this ticket.',
    whatWouldHelp: 'It must be reassigned or released first.',
  }),
  invalid_input: () => ({
    why: 'Something in the input is missing or not as expected.',
    whatWouldHelp: 'Correct the marked fields. What you typed is kept.',
  }),
  too_often: () => ({
    why: 'This was asked many times within a few minutes.',
    whatWouldHelp: 'Wait a few minutes and try again. What you typed is kept.',
  }),
}
