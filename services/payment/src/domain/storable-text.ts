/**
 * Text of others as PostgreSQL can hold it, in text and in jsonb: NUL and halves of surrogate pairs become U+FFFD. A buyer
 * chooses part of what PortOne tells of a payment, and must not be able to make its outcome unwritable.
 */
export const storableText = (text: string): string => text.toWellFormed().replaceAll('\0', '\ufffd')

/** `value` as JSON whose texts are storable; its keys are taken as they are. */
export const storableJson = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) => (typeof part === 'string' ? storableText(part) : part))
