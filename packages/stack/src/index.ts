export { removeAbandonedStacks } from './abandoned-stacks.ts'
export { resetStack } from './reset-stack.ts'
export { type Stack, type StackOptions, startStack } from './start-stack.ts'
export type { OnProgress, Ports, Progress, Provider, StoreName } from './stores.ts'
