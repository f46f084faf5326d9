/**
 * What the registry needs of the cipher for personal fields (ADR-6): sealing, and keyed tokens to look things up by.
 */
export interface PersonalCipher {
  seal(value: unknown): Uint8Array;
  /** Throws for what was not sealed with a key we have. */
  open(sealed: Uint8Array): unknown;
  /** Of pieces of one and two characters: what a name or address is found by. */
  textTokens(text: string): Uint8Array[];
  /** Tokens that must all be there for `text` to be a piece of what was stored. */
  queryTokens(text: string): Uint8Array[];
  /** Of the normalised number; none for what is no number. */
  phoneTokens(phone: string): Uint8Array[];
}
