/** Gives the path of a request target, without its query. */
export const pathOf = (target: string): string => target.split('?', 1)[0] ?? '/'
