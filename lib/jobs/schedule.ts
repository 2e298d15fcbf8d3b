/**
 * Recurring work in crontab notation (UTC). The queue's own bookkeeping makes sure that however many workers run, each line fires
 * once; a line missed while none ran is made up for within the fill.
 */
export const crontab = ''
