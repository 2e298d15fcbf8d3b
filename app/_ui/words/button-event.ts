import type { EventType } from '#lib/domain/events.ts'
import en from './en.json'

/** Events that a person sends have a button's name in `events`; all others only ever happen. */
export type ButtonEvent = keyof typeof en.events

export const isButtonEvent = (event: EventType): event is Extract<EventType, ButtonEvent> => event in en.events
