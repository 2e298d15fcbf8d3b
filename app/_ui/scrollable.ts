/** For a part of a page that scrolls by itself: whoever has only a keyboard must be able to reach it and scroll. Give it a name, too. */
export const scrollable = { tabIndex: 0 } as const
