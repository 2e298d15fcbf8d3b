import { and, assign, not, setup } from 'xstate'
import type { EffectParams, EffectType } from './effects.ts'
import { judge } from './judge.ts'
import type { StampedEvent, StampedEventOf, TicketContext } from './machine-context.ts'
import * as effect from './machine-effects.ts'
import { addWatcher, mail, reportRun } from './machine-effects.ts'
import * as guard from './machine-guards.ts'
import * as update from './machine-updates.ts'

/** Rises when a stored state can no longer be read as one of this machine. */
export const machineVersion = 1

/** An effect is only named by the machine; what it does is in lib/tickets/effects.ts. */
const named = <T extends EffectType>(_: unknown, _params: EffectParams[T]): void => undefined

const machine = setup({
  types: { context: {} as TicketContext, events: {} as StampedEvent, input: {} as StampedEventOf<'OPEN_TICKET'> },
  guards: {
    /** No rule says no (judge.ts). Every transition asks this; what is refused leaves the state as it is. */
    allowed: ({ context, event }) => judge(context, event).every((verdict) => verdict.allowed),
    planAllows: guard.planAllows,
    completesApproval: guard.completesApproval,
    enoughVotes: guard.enoughVotes,
    votesStillEnough: guard.votesStillEnough,
    sameDigest: guard.sameDigest,
    windowMissed: guard.windowMissed,
    undoOffered: guard.undoOffered,
    madeFiles: guard.madeFiles,
    consentGone: guard.consentGone,
    complaintOpen: guard.complaintOpen,
    frozen: guard.frozen,
  },
  actions: {
    rememberWord: assign(update.rememberWord),
    startWaiting: assign(update.startWaiting),
    rememberTimer: assign(update.rememberTimer),
    rememberConsent: assign(update.rememberConsent),
    dropAgreement: assign(update.dropAgreement),
    rememberPreview: assign(update.rememberPreview),
    rememberSnapshot: assign(update.rememberSnapshot),
    rememberOwner: assign(update.rememberOwner),
    rememberProof: assign(update.rememberProof),
    rememberConfirmation: assign(update.confirmProof),
    rememberPlan: assign(update.rememberPlan),
    rememberVote: assign(update.rememberVote),
    dropLostVotes: assign(update.dropLostVotes),
    takeOver: assign(update.takeOver),
    release: assign(update.release),
    freeze: assign(update.freeze),
    thaw: assign(update.thaw),
    prolongHold: assign(update.extendHold),
    endHold: assign(update.endHold),
    beginRun: assign(update.beginRun),
    askRunToStop: assign(update.askRunToStop),
    rememberFailure: assign(update.rememberFailure),
    forgetRun: assign(update.forgetRun),
    rememberRestore: assign(update.rememberRestore),
    rememberFiles: assign(update.rememberFiles),
    rememberUndone: assign(update.rememberUndone),
    askRelease: assign(update.askRelease),
    leavePaused: assign(update.leavePaused),
    dropAskedRelease: assign(update.dropAskedRelease),
    rememberRelease: assign(update.rememberRelease),
    rememberReleaseFailure: assign(update.rememberReleaseFailure),
    keepUndoOpen: assign(update.keepUndoOpen),
    openComplaint: assign(update.openComplaint),
    prolongForComplaint: assign(update.prolongForComplaint),
    resolveComplaint: assign(update.resolveComplaint),
    enqueueCheckTicket: named<'enqueueCheckTicket'>,
    enqueueCheckPlan: named<'enqueueCheckPlan'>,
    sendMail: named<'sendMail'>,
    placeHold: named<'placeHold'>,
    extendHold: named<'extendHold'>,
    releaseHold: named<'releaseHold'>,
    releaseAllHolds: named<'releaseAllHolds'>,
    recordConsent: named<'recordConsent'>,
    voidConsent: named<'voidConsent'>,
    confirmProof: named<'confirmProof'>,
    recordVote: named<'recordVote'>,
    voidVotes: named<'voidVotes'>,
    createRun: named<'createRun'>,
    requestRunCancel: named<'requestRunCancel'>,
    reportRun: named<'reportRun'>,
    releasePaused: named<'releasePaused'>,
    dropRelease: named<'dropRelease'>,
    reportRelease: named<'reportRelease'>,
    addWatcher: named<'addWatcher'>,
  },
})

// What several states accept alike.

const conversation = {
  REPLY: { actions: ['rememberWord', mail('otherSide', 'reply_posted')] },
  ADD_NOTE: { actions: 'rememberWord' },
} as const

/** S69: the outcome of a release that was asked for comes when it comes, whatever the ticket has come to meanwhile. */
const released = {
  PAUSED_RELEASED: { guard: 'allowed', actions: [effect.reportRelease, 'rememberRelease', mail('owner', 'paused_released')] },
  RELEASE_FAILED: {
    guard: 'allowed',
    actions: [effect.reportRelease, 'rememberReleaseFailure', mail('owner', 'release_failed'), mail('desk', 'release_failed')],
  },
} as const

/** Nothing that came back paused goes out but by the owner's word. */
const releasing = {
  RELEASE_PAUSED: { guard: 'allowed', actions: ['askRelease', effect.releasePaused] },
  LEAVE_PAUSED: { guard: 'allowed', actions: 'leavePaused' },
} as const

const deskWork = {
  ...conversation,
  ...released,
  JOIN_TICKET: { actions: addWatcher },
  CLAIM_TICKET: { guard: 'allowed', actions: 'takeOver' },
  ASSIGN_TICKET: { guard: 'allowed', actions: 'takeOver' },
  RELEASE_TICKET: { actions: 'release' },
} as const

/** Agreement dies, and the owner is asked (again). */
const voidAll = [effect.voidConsent, effect.voidVotes, 'dropAgreement'] as const
const askAgain = [...voidAll, mail('owner', 'owner_asked_again')] as const
const chooseSnapshot = [
  effect.releaseHold,
  'rememberSnapshot',
  effect.placeHold,
  ...voidAll,
  mail('owner', 'owner_asked_again'),
] as const
const changeOwner = ['rememberOwner', ...voidAll, mail('customer', 'owner_changed'), mail('owner', 'owner_asked')] as const

const thaw = { LIFT_FREEZE: { guard: and(['allowed', 'frozen']), actions: 'thaw' } } as const

/** All that may happen while nothing is being restored: the hold's end, another owner, snapshot or preview, a freeze. */
const waiting = {
  ...deskWork,
  ...thaw,
  REFRESH_PREVIEW: [
    { guard: 'sameDigest', actions: 'rememberPreview' },
    { target: 'verifyingOwner', reenter: true, actions: ['rememberPreview', ...askAgain] },
  ],
  CHOOSE_SNAPSHOT: { target: 'verifyingOwner', reenter: true, actions: chooseSnapshot },
  OWNER_CHANGED: { target: 'verifyingOwner', reenter: true, actions: changeOwner },
  REPORT_NOT_ME: { target: 'verifyingOwner', reenter: true, actions: ['freeze', ...voidAll, mail('admins', 'not_me_reported')] },
  EXTEND_HOLD: { guard: 'allowed', actions: ['prolongHold', effect.extendHold] },
  WARN_HOLD: { guard: 'allowed', actions: ['rememberTimer', mail('customer', 'hold_ending'), mail('desk', 'hold_ending')] },
  END_HOLD: { guard: 'allowed', target: 'verifyingOwner', reenter: true, actions: ['endHold', effect.releaseHold, ...askAgain] },
} as const

/** Before the restore, everybody may still say no. If an earlier restore of this ticket can be undone, the ticket goes back there (S58). */
const cancellable = {
  ...waiting,
  CANCEL_TICKET: [
    { guard: 'undoOffered', target: 'restored', actions: voidAll },
    { target: 'cancelled', actions: [...voidAll, mail('customer', 'cancelled')] },
  ],
  REJECT_TICKET: [
    { guard: and(['allowed', 'undoOffered']), target: 'restored', actions: voidAll },
    { guard: 'allowed', target: 'rejected', actions: [...voidAll, mail('customer', 'rejected')] },
  ],
} as const

const expiring = {
  EXPIRE_TICKET: [
    { guard: and(['allowed', 'undoOffered']), target: 'restored', actions: voidAll },
    { guard: 'allowed', target: 'expired', actions: [...voidAll, mail('customer', 'expired')] },
  ],
} as const

/** After the owner's yes it can be taken back, and it does not last for ever (S13). */
const agreed = {
  ...cancellable,
  WITHDRAW_CONSENT: { guard: 'allowed', target: 'verifyingOwner', actions: voidAll },
  EXPIRE_CONSENT: { guard: 'allowed', target: 'verifyingOwner', actions: askAgain },
} as const

/** S20: billing takes the plan back before the restore. */
const unpaidAgain = [
  { guard: and(['allowed', 'planAllows']), actions: 'rememberPlan' },
  { guard: 'allowed', target: 'awaitingUpgrade', actions: 'rememberPlan' },
] as const

/** While a run is on, whatever takes the ground from under it asks it to stop; until the commit it does (S13, S60). */
const running = {
  ...deskWork,
  ...thaw,
  PLAN_CHECKED: { guard: 'allowed', actions: 'rememberPlan' },
  CANCEL_RUN: { actions: ['askRunToStop', effect.requestRunCancel] },
  WITHDRAW_CONSENT: { guard: 'allowed', actions: ['askRunToStop', effect.requestRunCancel] },
  OWNER_CHANGED: { actions: ['rememberOwner', 'askRunToStop', effect.requestRunCancel] },
  REPORT_NOT_ME: { actions: ['freeze', 'askRunToStop', effect.requestRunCancel, mail('admins', 'not_me_reported')] },
} as const

/** Over. What it held is let go, and people may still write. */
const over = { entry: 'releaseAllHolds', on: { ...conversation, ...released } } as const

/**
 * The life of a ticket: the specification. It is only ever asked by `transition`, never run as an actor; time, ids and facts come
 * inside events, timers are derived from its context (timers.ts), effects leave it as data (effects.ts).
 */
export const restoreMachine = machine.createMachine({
  id: 'restore',
  context: ({ input }) => update.opened(input),
  initial: 'submitted',
  states: {
    /** Automatic checks; the snapshot is held from the first moment. */
    submitted: {
      entry: [effect.placeHold, 'enqueueCheckTicket'],
      on: {
        ...cancellable,
        CHECKS_PASSED: { target: 'verifyingOwner', actions: mail('owner', 'owner_asked') },
        CHECKS_REFUSED: { target: 'rejected', actions: mail('customer', 'rejected') },
      },
    },
    /** The owner proves who they are and says yes to one loss preview (R4, R6, R13). */
    verifyingOwner: {
      entry: 'startWaiting',
      on: {
        ...cancellable,
        ...expiring,
        REFRESH_PREVIEW: { actions: 'rememberPreview' },
        GIVE_CONSENT: {
          guard: 'allowed',
          target: 'checkingPlan',
          actions: ['rememberConsent', effect.recordConsent, mail('owner', 'consent_receipt')],
        },
        RECORD_PROOF: { guard: 'allowed', actions: 'rememberProof' },
        CONFIRM_PROOF: { guard: 'allowed', actions: ['rememberConfirmation', effect.confirmProof] },
        REMIND_OWNER: { guard: 'allowed', actions: ['rememberTimer', mail('owner', 'owner_reminder')] },
      },
    },
    /** Billing is asked for the plan as it is now (R7). */
    checkingPlan: {
      entry: ['startWaiting', 'enqueueCheckPlan'],
      on: {
        ...agreed,
        CHECK_PLAN_AGAIN: { actions: 'enqueueCheckPlan' },
        PLAN_CHECKED: [
          { guard: and(['allowed', 'planAllows', 'enoughVotes']), target: 'scheduled', actions: 'rememberPlan' },
          { guard: and(['allowed', 'planAllows']), target: 'awaitingApproval', actions: 'rememberPlan' },
          { guard: 'allowed', target: 'awaitingUpgrade', actions: 'rememberPlan' },
        ],
      },
    },
    /** The plan does not include restores; a payment moves the ticket on by itself (S17). */
    awaitingUpgrade: {
      entry: ['startWaiting', mail('customer', 'plan_needed')],
      on: {
        ...agreed,
        ...expiring,
        CHECK_PLAN_AGAIN: { actions: 'enqueueCheckPlan' },
        PLAN_CHECKED: [
          {
            guard: and(['allowed', 'planAllows', 'enoughVotes']),
            target: 'scheduled',
            actions: ['rememberPlan', mail('customer', 'plan_paid')],
          },
          {
            guard: and(['allowed', 'planAllows']),
            target: 'awaitingApproval',
            actions: ['rememberPlan', mail('customer', 'plan_paid')],
          },
          { guard: 'allowed', actions: 'rememberPlan' },
        ],
      },
    },
    /** Four eyes (R9); silence becomes a no, never a yes (S80). */
    awaitingApproval: {
      entry: ['startWaiting', mail('approvers', 'approval_asked')],
      on: {
        ...agreed,
        PLAN_CHECKED: unpaidAgain,
        APPROVE_RESTORE: [
          { guard: and(['allowed', 'completesApproval']), target: 'scheduled', actions: ['rememberVote', effect.recordVote] },
          { guard: 'allowed', actions: ['rememberVote', effect.recordVote] },
        ],
        REJECT_RESTORE: {
          guard: 'allowed',
          target: 'rejected',
          actions: [effect.recordVote, effect.voidConsent, 'dropAgreement', mail('customer', 'rejected')],
        },
        ESCALATE_APPROVAL: {
          guard: 'allowed',
          actions: ['rememberTimer', mail('approvers', 'approval_escalated'), mail('admins', 'approval_escalated')],
        },
        DENY_UNANSWERED: { guard: 'allowed', target: 'rejected', actions: [...voidAll, mail('customer', 'rejected')] },
      },
    },
    /** Agreed by all; waits for its moment, at which plan and votes are asked once more (S20, S21, S81). */
    scheduled: {
      entry: ['startWaiting', mail('customer', 'approved'), mail('portalPeople', 'restore_begins')],
      on: {
        ...agreed,
        PLAN_CHECKED: unpaidAgain,
        BEGIN_RESTORE: [
          { guard: and(['allowed', 'windowMissed']), target: 'verifyingOwner', actions: askAgain },
          { guard: and(['allowed', not('planAllows')]), target: 'awaitingUpgrade', actions: 'rememberPlan' },
          {
            guard: and(['allowed', not('votesStillEnough')]),
            target: 'awaitingApproval',
            actions: ['rememberPlan', 'dropLostVotes', effect.voidLostVotes],
          },
          { guard: 'allowed', target: 'restoring', actions: ['rememberPlan', 'beginRun', effect.createRun, effect.extendHold] },
        ],
      },
    },
    /** A run is on; the portal is the worker's. */
    restoring: {
      on: {
        ...running,
        RUN_SUCCEEDED: [
          {
            guard: and(['allowed', 'madeFiles']),
            target: 'restored',
            actions: [reportRun, 'rememberFiles', effect.releaseHold, mail('customer', 'files_ready')],
          },
          {
            guard: 'allowed',
            target: 'restored',
            actions: [reportRun, 'rememberRestore', effect.releaseHold, effect.holdSafetyCopy, mail('customer', 'restored')],
          },
        ],
        RUN_FAILED: [
          // A consent that was withdrawn, or was a former owner's, must not be retried on (S6, S13).
          {
            guard: and(['allowed', 'consentGone']),
            target: 'verifyingOwner',
            actions: [reportRun, 'rememberFailure', ...askAgain],
          },
          {
            guard: 'allowed',
            target: 'restoreFailed',
            actions: [reportRun, 'rememberFailure', mail('customer', 'restore_failed'), mail('desk', 'restore_failed')],
          },
        ],
        RUN_CANCELLED: [
          { guard: and(['allowed', 'consentGone']), target: 'verifyingOwner', actions: [reportRun, 'forgetRun', ...askAgain] },
          { guard: 'allowed', target: 'restoreFailed', actions: [reportRun, 'rememberFailure'] },
        ],
        CONSENT_STALE: {
          guard: 'allowed',
          target: 'verifyingOwner',
          actions: [reportRun, 'forgetRun', 'rememberPreview', ...askAgain],
        },
      },
    },
    /** Done, and can be undone until the window ends (an extract: downloaded until its files go); the customer says whether it was what they needed (S61). */
    restored: {
      on: {
        ...deskWork,
        ...thaw,
        ...releasing,
        PLAN_CHECKED: { guard: 'allowed', actions: 'rememberPlan' },
        OWNER_CHANGED: { actions: 'rememberOwner' },
        REPORT_NOT_ME: { actions: ['freeze', mail('admins', 'not_me_reported')] },
        CONFIRM_RESTORED: { target: 'closed', actions: mail('customer', 'closed') },
        REQUEST_UNDO: {
          guard: 'allowed',
          target: 'undoing',
          actions: ['dropAskedRelease', effect.dropRelease, 'beginRun', effect.recordConsent, effect.createRun],
        },
        CHOOSE_SNAPSHOT: { target: 'verifyingOwner', actions: chooseSnapshot },
        OPEN_COMPLAINT: [{ guard: 'madeFiles', actions: 'openComplaint' }, { actions: ['openComplaint', effect.holdSafetyCopy] }],
        RESOLVE_COMPLAINT: { guard: 'complaintOpen', actions: 'resolveComplaint' },
        END_UNDO_WINDOW: [
          { guard: and(['allowed', 'complaintOpen']), actions: ['prolongForComplaint', effect.holdSafetyCopy] },
          { guard: 'allowed', target: 'closed', actions: mail('customer', 'closed') },
        ],
        /** The files are gone; a complaint about them keeps the ticket open. */
        END_DOWNLOAD: [
          { guard: and(['allowed', 'complaintOpen']), actions: 'rememberTimer' },
          { guard: 'allowed', target: 'closed', actions: mail('customer', 'closed') },
        ],
      },
    },
    /** The way back, with a preview and a consent of its own (S57). */
    undoing: {
      on: {
        ...running,
        UNDO_SUCCEEDED: {
          guard: 'allowed',
          target: 'undone',
          actions: [reportRun, 'rememberUndone', mail('customer', 'undone')],
        },
        UNDO_FAILED: {
          guard: 'allowed',
          target: 'restored',
          actions: [
            reportRun,
            'rememberFailure',
            'keepUndoOpen',
            effect.voidUndoConsent,
            effect.holdSafetyCopy,
            mail('customer', 'undo_failed'),
            mail('desk', 'undo_failed'),
          ],
        },
        RUN_CANCELLED: {
          guard: 'allowed',
          target: 'restored',
          actions: [reportRun, 'forgetRun', 'keepUndoOpen', effect.voidUndoConsent, effect.holdSafetyCopy],
        },
        CONSENT_STALE: {
          guard: 'allowed',
          target: 'restored',
          actions: [
            reportRun,
            'forgetRun',
            'keepUndoOpen',
            effect.voidUndoConsent,
            effect.holdSafetyCopy,
            mail('owner', 'owner_asked_again'),
          ],
        },
      },
    },
    undone: { ...over, on: { ...over.on, ...releasing } },
    /** The portal is as it was before. Agreement still stands, unless the owner, another snapshot or the hold's end takes it away. */
    restoreFailed: {
      entry: 'startWaiting',
      on: {
        ...waiting,
        WITHDRAW_CONSENT: { guard: 'allowed', target: 'verifyingOwner', actions: voidAll },
        PLAN_CHECKED: { guard: 'allowed', actions: 'rememberPlan' },
        RETRY_RESTORE: { guard: and(['allowed', 'enoughVotes']), target: 'scheduled' },
        CLOSE_TICKET: [
          { guard: 'undoOffered', target: 'restored', actions: voidAll },
          { target: 'closed', actions: [...voidAll, mail('customer', 'closed')] },
        ],
      },
    },
    closed: over,
    rejected: over,
    cancelled: over,
    expired: over,
  },
})
