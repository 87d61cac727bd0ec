/** For `like`: a shopper's `%` is a character, not a pattern. */
export function escapePattern(words: string): string {
  return words.replaceAll(/[\\%_]/g, String.raw`\$&`)
}
