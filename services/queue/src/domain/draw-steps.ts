/** What of a draw is written into the queue's log: the number in Redis that says how far it has been, and the kind of the entry. */
export const drawSteps = {
  closed: { stage: 3, kind: 'draw-closed' },
  drawn: { stage: 4, kind: 'drawn' },
  published: { stage: 5, kind: 'draw-published' },
  voided: { stage: 6, kind: 'draw-voided' },
} as const
