import type { PlacedSeat } from './hall.ts'

/**
 * Whether a seat is a place for a wheelchair, or that of who comes along while the place beside is free: such seats are given to
 * nobody who has not chosen them.
 */
export const isKeptForWheelchairs = (
  { accessible, companionOf }: Pick<PlacedSeat, 'accessible' | 'companionOf'>,
  isFree: (ordinal: number) => boolean,
): boolean => accessible || (companionOf !== null && isFree(companionOf))
