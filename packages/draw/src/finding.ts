/** One thing that was checked, what came of it, and the reason in words for a person. */
export interface Finding<Check extends string> {
  readonly check: Check
  readonly passed: boolean
  readonly detail: string
}

/** A finding that two values are equal; both are told if they are not. */
export function compare<Check extends string>(check: Check, computed: string, stated: string): Finding<Check> {
  const passed = computed === stated
  return { check, passed, detail: passed ? computed : `computed ${computed}, stated ${stated}` }
}
