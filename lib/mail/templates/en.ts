import { filesLine, type Templates, type Tools } from './words.ts'

const unproved = 'It is not certain what it holds now: the desk looks at it first. The safety copy made before is kept.'
const paused = (actions: number | undefined, tools: Tools) =>
  actions === undefined || actions === 0
    ? []
    : [
        ...tools.count(() => `${tools.rows(actions)} that would send something came back paused.`),
        'Nothing of what came back paused goes out unless the owner releases it in the ticket.',
      ]
const portal = (tools: Tools, name: string) => tools.portal(name, (it) => `the portal “${it}”`, 'your portal')

export const english: Templates = {
  sign_in_link: (data, tools) => ({
    subject: 'Your sign-in link',
    paragraphs: [
      `Open the page below and press its button to sign in. The link works once, until ${tools.at(data.expiresAt)}.`,
      'If you did not ask for it, ignore this mail: nobody can sign in without it.',
    ],
    button: 'Sign in',
  }),
  step_up_code: (data, tools) => ({
    subject: 'Your code',
    paragraphs: [
      `Your code is ${tools.unsealed(data.sealed)}`,
      `It works once, in the window you asked for it in, until ${tools.at(data.expiresAt)}. Nobody from the desk will ever ask you for it.`,
    ],
    button: null,
  }),
  second_step_enrolled: (data, tools) => ({
    subject: 'A second step was added to your account',
    paragraphs: [
      `An authenticator app was set up for your account on ${tools.at(data.at)}.`,
      'If this was not you, answer this mail at once and tell your administrator.',
    ],
    button: 'Open my account',
  }),
  owner_second_step_enrolled: (data, tools) => ({
    subject: 'The portal’s owner has a new authenticator',
    paragraphs: [
      `An authenticator app was set up for the account of the owner of ${portal(tools, data.portalName)} on ${tools.at(data.at)}.`,
      'You are told because you administer this portal. Please ask the owner, not by mail, whether that was them; if it was, there is nothing to do.',
      'If it was not, answer this mail at once: the desk can then stop a restore that the new app would agree to.',
    ],
    button: 'Open the portal’s tickets',
  }),
  owner_asked: (data, tools) => ({
    subject: 'A restore needs your consent',
    paragraphs: [
      `Somebody asked for data of ${portal(tools, data.portalName)} to be restored. As its owner, only you can agree to it.`,
      'The page shows what would come back and what would be lost. Nothing happens before you have read and signed it.',
      ...tools.by(data.deadline, (at) => `The request expires on ${at}.`),
      'Answering this mail is not consent.',
    ],
    button: 'Read and decide',
  }),
  owner_reminder: (data, tools) => ({
    subject: 'A restore still waits for your consent',
    paragraphs: [
      `A restore of ${portal(tools, data.portalName)} still waits for you.`,
      ...tools.by(data.deadline, (at) => `Without an answer it expires on ${at}.`),
      'Answering this mail is not consent.',
    ],
    button: 'Read and decide',
  }),
  owner_asked_again: (data, tools) => ({
    subject: 'Please look at the restore once more',
    paragraphs: [
      `What a restore of ${portal(tools, data.portalName)} would do is no longer what was agreed to. Your earlier consent is void and nothing has been restored.`,
      ...tools.by(data.deadline, (at) => `The new numbers are on the page. The request expires on ${at}.`),
    ],
    button: 'Read and decide',
  }),
  owner_changed: (data, tools) => ({
    subject: 'The portal has a new owner',
    paragraphs: [
      `${sentence(portal(tools, data.portalName))} has a new owner. Consent given before is void; only the new owner can agree to the restore.`,
    ],
    button: 'Open the ticket',
  }),
  consent_receipt: (data, tools) => ({
    subject: 'Receipt: your consent',
    paragraphs: [
      `You agreed to a restore of ${portal(tools, data.portalName)} on ${tools.at(data.givenAt)}.`,
      ...tools.count(() =>
        data.estimated === undefined
          ? `You agreed to this: ${tools.rows(data.comesBack)} come back, ${tools.rows(data.wiped)} entered since are wiped.`
          : `You agreed to an estimate from a sample: at least ${tools.rows(data.estimated.comesBackAtLeast)} and at most ${tools.rows(data.estimated.comesBackAtMost)} come back, at most ${tools.rows(data.estimated.wipedAtMost)} entered since are wiped. If the exact comparison finds that more would be lost, you are asked again.`,
      ),
      ...filesLine(
        data.portalFiles,
        tools,
        ({ back, lost, changed }) =>
          `Files of the portal that come back: ${back}; added since and taken away: ${lost}; that go back to an earlier state: ${changed}.`,
      ),
      'You can withdraw until the restore commits. If this was not you, open the ticket and press “This was not me”.',
    ],
    button: 'Open the ticket',
  }),
  not_me_reported: (data, tools) => ({
    subject: 'Frozen: “this was not me”',
    paragraphs: [
      `Somebody reported that the consent for ${portal(tools, data.portalName)} was not theirs. The ticket is frozen; nothing will be restored until the desk has cleared it up.`,
    ],
    button: 'Open the ticket',
  }),
  plan_needed: (data, tools) => ({
    subject: 'A paid plan is needed',
    paragraphs: [
      `Restores of ${portal(tools, data.portalName)} need a paid plan. The page shows the price and what it unlocks; the copy is held meanwhile.`,
      'The ticket goes on by itself as soon as the payment is confirmed.',
      ...tools.by(data.deadline, (at) => `It waits until ${at}.`),
    ],
    button: 'See the upgrade',
  }),
  plan_paid: (data, tools) => ({
    subject: 'Payment confirmed, the ticket goes on',
    paragraphs: [`The plan of ${portal(tools, data.portalName)} is confirmed. Somebody of the desk now checks the restore.`],
    button: 'Open the ticket',
  }),
  approval_asked: (data, tools) => ({
    subject: 'A restore waits for approval',
    paragraphs: [
      `The owner of ${portal(tools, data.portalName)} has agreed to a restore. Facts, decisions, evidence and the loss preview are on one page.`,
      ...tools.by(data.deadline, (at) => `Without a decision it is denied on ${at}.`),
    ],
    button: 'Look and decide',
  }),
  approval_escalated: (data, tools) => ({
    subject: 'Still nobody has decided',
    paragraphs: [
      `A restore of ${portal(tools, data.portalName)} still waits for approval.`,
      ...tools.by(data.deadline, (at) => `Without a decision it is denied on ${at}.`),
    ],
    button: 'Look and decide',
  }),
  approved: (data, tools) => ({
    subject: 'Approved',
    paragraphs: [
      data.startsAt
        ? `The restore of ${portal(tools, data.portalName)} is approved and begins on ${tools.at(data.startsAt)}.`
        : `The restore of ${portal(tools, data.portalName)} is approved and begins now.`,
      'It can be cancelled until it commits.',
    ],
    button: 'Open the ticket',
  }),
  rejected: (data, tools) => ({
    subject: 'Not approved',
    paragraphs: [
      `The restore of ${portal(tools, data.portalName)} will not be done. Nothing was changed.`,
      ...tools.typed(data.reason, 'The reason:'),
    ],
    button: 'Open the ticket',
  }),
  reply_posted: (data, tools) => ({
    subject: 'A reply in your ticket',
    paragraphs: [`There is a new reply in a ticket of ${portal(tools, data.portalName)}.`],
    button: 'Read it',
  }),
  hold_ending: (data, tools) => ({
    subject: 'The copy will soon be gone',
    paragraphs: [
      `The restore point for ${portal(tools, data.portalName)} cannot be held for much longer.`,
      ...tools.by(data.endsAt, (at) => `It is held until ${at}.`),
      'After that a newer one is offered, with a new preview and a new consent.',
    ],
    button: 'Open the ticket',
  }),
  restore_begins: (data, tools) => ({
    subject: 'Data will be restored',
    paragraphs: [
      data.startsAt
        ? `A restore of ${portal(tools, data.portalName)} begins on ${tools.at(data.startsAt)}.`
        : `A restore of ${portal(tools, data.portalName)} begins now.`,
      ...(data.pauseMs === null ? [] : [`Saving may wait for about ${tools.seconds(data.pauseMs)}. Nobody is signed out.`]),
      'What was entered after the restore point is wiped, and what was changed since goes back to how it was. Please wait with new entries until it is done.',
      ...(data.withFiles
        ? [
            'The portal’s files (attachments, pictures) go back too. Close those you have open: what a program still writes to one goes to the old file.',
          ]
        : []),
    ],
    button: null,
  }),
  restored: (data, tools) => ({
    subject: 'Restored',
    paragraphs: [
      `The restore of ${portal(tools, data.portalName)} is done and verified.`,
      ...tools.count(() =>
        data.estimated === undefined
          ? `${tools.rows(data.comesBack)} came back, ${tools.rows(data.wiped)} entered since were wiped.`
          : 'The preview was an estimate from a sample; the exact numbers are in the report.',
      ),
      ...filesLine(
        data.portalFiles,
        tools,
        ({ back, lost, changed }) =>
          `Files of the portal that came back: ${back}; added since and taken away: ${lost}; that went back to an earlier state: ${changed}.`,
      ),
      'Is this what you needed?',
      ...tools.by(data.undoUntil, (at) => `If not, it can be undone until ${at}.`),
      ...paused(data.paused, tools),
      ...wipedFiles(data.files),
    ],
    button: 'See the report',
  }),
  files_ready: (data, tools) => ({
    subject: 'Your files are ready',
    paragraphs: [
      `The records of ${portal(tools, data.portalName)} that were asked for are ready as files. Nothing in the portal was changed.`,
      ...tools.by(
        data.until,
        (at) => `They can be downloaded until ${at} by the owner and by whoever asked for them, and are then deleted.`,
      ),
      'You are asked to sign in; the files are never sent by mail.',
    ],
    button: 'Open the ticket',
  }),
  restore_failed: (data, tools) => ({
    subject: 'The restore did not succeed',
    paragraphs: [
      data.unproved
        ? `The restore of ${portal(tools, data.portalName)} did not end as it should. ${unproved}`
        : `The restore of ${portal(tools, data.portalName)} did not succeed. The portal is exactly as it was before.`,
      ...tools.typed(data.reason, 'What happened:'),
    ],
    button: 'Open the ticket',
  }),
  undone: (data, tools) => ({
    subject: 'Undone',
    paragraphs: [
      `The restore of ${portal(tools, data.portalName)} has been undone: its data is as it was before the restore.`,
      ...filesLine(
        data.portalFiles,
        tools,
        ({ back, lost, changed }) =>
          `Files of the portal that came back with the undo: ${back}; that the restore had brought or that came since, and were taken away: ${lost}; that went back to how they were before the restore: ${changed}.`,
      ),
      ...paused(data.paused, tools),
      ...wipedFiles(data.files),
    ],
    button: 'See the report',
  }),
  undo_failed: (data, tools) => ({
    subject: 'The undo did not succeed',
    paragraphs: [
      data.unproved
        ? `Undoing the restore of ${portal(tools, data.portalName)} did not end as it should. ${unproved}`
        : `Undoing the restore of ${portal(tools, data.portalName)} did not succeed. The portal is as it was after the restore.`,
      ...tools.typed(data.reason, 'What happened:'),
    ],
    button: 'Open the ticket',
  }),
  paused_released: (data, tools) => ({
    subject: 'Released',
    paragraphs: [
      `What had come back paused in ${portal(tools, data.portalName)} was released, as its owner asked.`,
      ...tools.count(() =>
        data.left === 0
          ? `${tools.rows(data.released)} can go out again.`
          : `${tools.rows(data.released)} can go out again; ${tools.rows(data.left)} had been changed or deleted since, and were left as they are.`,
      ),
    ],
    button: 'Open the ticket',
  }),
  release_failed: (data, tools) => ({
    subject: 'The release did not succeed',
    paragraphs: [
      data.unproved
        ? `Releasing what came back paused in ${portal(tools, data.portalName)} did not end as it should. It is not certain whether it can go out: the desk looks at it first.`
        : `What came back paused in ${portal(tools, data.portalName)} could not be released. All of it is still paused, and nothing went out.`,
    ],
    button: 'Open the ticket',
  }),
  cancelled: (data, tools) => ({
    subject: 'Cancelled',
    paragraphs: [`The restore of ${portal(tools, data.portalName)} was cancelled. Nothing was changed.`],
    button: 'Open the ticket',
  }),
  expired: (data, tools) => ({
    subject: 'Expired',
    paragraphs: [
      `The request to restore ${portal(tools, data.portalName)} has expired: nobody answered in time. Nothing was changed.`,
      'While a restore point lives, the request can be made again with one click.',
    ],
    button: 'Open the ticket',
  }),
  closed: (data, tools) => ({
    subject: 'Closed',
    paragraphs: [`The ticket of ${portal(tools, data.portalName)} is closed.`],
    button: 'Open the ticket',
  }),
  mass_deletion: (data, tools) => ({
    subject: 'Many records were deleted',
    paragraphs: [
      `Between ${tools.at(data.from)} and ${tools.at(data.until)} far more was deleted in ${portal(tools, data.portalName)} than is usual there.`,
      ...tools.count(() => `So far ${tools.rows(data.deleted)}${data.mostly ? `, mostly: ${tools.plain(data.mostly.en)}` : ''}.`),
      'If that was meant, there is nothing to do. If it was not, nothing is lost yet: the restore points from before are kept for some days only.',
      'The page proposes the last one from before it. Looking costs nothing and changes nothing.',
    ],
    button: 'See what can come back',
  }),
  mass_deletion_at: (data, tools) => ({
    subject: 'Mass deletion in a portal',
    paragraphs: [
      `Between ${tools.at(data.from)} and ${tools.at(data.until)} far more was deleted in ${portal(tools, data.portalName)} than is usual there.`,
      ...tools.count(() => `So far ${tools.rows(data.deleted)}${data.mostly ? `, mostly: ${tools.plain(data.mostly.en)}` : ''}.`),
      'The owner has been told, with the restore point from before it proposed.',
    ],
    button: 'Open the desk',
  }),
  capture_missed: (data, tools) => ({
    subject: 'A daily capture is missing',
    paragraphs: [
      `There is no capture of ${portal(tools, data.portalName)} from its last day.`,
      data.lastCaptureAt ? `The last one was finished on ${tools.at(data.lastCaptureAt)}.` : 'There has been none so far.',
    ],
    button: 'Open the desk',
  }),
  break_glass: (data, tools) => ({
    subject: 'A restore was started without your consent',
    paragraphs: [
      `An operator of the vendor started a restore of ${portal(tools, data.portalName)} by hand, without waiting for consent. It will be reviewed.`,
      ...tools.typed(data.reason, 'The reason given:'),
    ],
    button: 'Open the desk',
  }),
}

const wipedFiles = (files: boolean | undefined) =>
  files
    ? ['What was wiped is kept as files. The portal’s owner and whoever asked for the restore can download them from the ticket.']
    : []
const sentence = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1)
