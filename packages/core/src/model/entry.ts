/** The record's own entry: an id such as `constructor`, which every object answers to, finds nothing. */
export function entryOf<Value>(record: Readonly<Record<string, Value>>, id: string): Value | undefined {
  return Object.hasOwn(record, id) ? record[id] : undefined
}
