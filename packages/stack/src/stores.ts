/** The three stores of a stack, in the order they are reported. */
export const storeNames = ['postgres', 'redis', 'kafka'] as const
export type StoreName = (typeof storeNames)[number]

/** Where a store comes from: an address in the environment, a container, or a process of our own. */
export type Provider = 'url' | 'docker' | 'embedded'

/** TCP ports on 127.0.0.1; Kafka needs a second one for its controller. */
export interface Ports {
  postgres: number
  redis: number
  kafka: number
  kafkaController: number
}

/** One line of what a start is doing; `ms` counts from the start of that store. */
export interface Progress {
  name: StoreName
  state: 'preparing' | 'starting' | 'ready' | 'exited'
  detail?: string
  ms: number
}
export type OnProgress = (progress: Progress) => void
