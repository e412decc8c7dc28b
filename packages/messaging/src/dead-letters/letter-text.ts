import type { IHeaders } from 'kafkajs'

/** Kafka keys and headers are bytes; PostgreSQL text and JSON take neither a zero nor broken UTF-8. */
export const keyText = (bytes: Buffer | string | null): string | null =>
  bytes === null ? null : bytes.toString('utf8').replaceAll('\u0000', '')

/** The same of headers, each with one text. */
export const headerTexts = (headers: IHeaders): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => {
      const first = Array.isArray(value) ? value.join(', ') : value
      return first === undefined ? [] : [[keyText(name) ?? '', keyText(first) ?? '']]
    }),
  )
