/** What `work` gives, or `late` if that takes longer than `waitMs`; the work goes on all the same. */
export async function inTime<Done, Late>(work: Promise<Done>, { waitMs, late }: { waitMs: number; late: Late }) {
  const { promise: isLate, resolve } = Promise.withResolvers<Late>()
  const timer = setTimeout(() => resolve(late), waitMs)
  try {
    return await Promise.race([work, isLate])
  } finally {
    clearTimeout(timer)
  }
}
