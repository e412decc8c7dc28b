import type { Log } from '../log.ts'

export type Owned = {
  own<T extends { close(): unknown }>(resource: T): T
  close(): Promise<void>
}

/** Keeps what is open and closes it in reverse order; one that fails to close is logged and does not stop the rest. */
export function createOwned(log: Log): Owned {
  const resources: { close(): unknown }[] = []
  return {
    own: (resource) => {
      resources.push(resource)
      return resource
    },
    close: async () => {
      for (let resource = resources.pop(); resource !== undefined; resource = resources.pop()) {
        try {
          await resource.close()
        } catch (error) {
          log.error({ err: error }, 'something the service owns did not close')
        }
      }
    },
  }
}
