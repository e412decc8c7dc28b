import { type Topic, topics } from '@ticket-queue/contracts/events'

const byName: ReadonlyMap<string, Topic> = new Map(Object.values(topics).map((topic) => [topic.name, topic]))

/** Gives the topic of that name (without prefix) from the contracts; one unknown there has no dead letter topic. */
export const findTopic = (name: string): Topic => byName.get(name) ?? { name, partitions: 1, retentionMs: 0 }
