/** Without what people leave out or type differently: case, full or half width, blanks, punctuation. */
export const comparableText = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '');

/** Each character, and each pair of neighbours. */
export function grams(text: string): string[] {
  const characters = Array.from(text);
  return characters.flatMap((character, index) => {
    const next = characters[index + 1];
    return next === undefined ? [character] : [character, character + next];
  });
}

const MOBILE_DIGITS = 11;
const LONGEST_COUNTRY_CODE = '0086';

/** A phone number as dialled within China, digits only; a text without digits stays what it is (and finds only itself). */
export function nationalNumber(phone: string): string {
  const text = phone.normalize('NFKC').trim();
  const digits = text.replaceAll(/\D/g, '');
  if (digits === '') return `text:${text}`;
  return withoutCountryCode(digits, text.startsWith('+')).replace(/^0(?=\d{9,})/, '');
}

function withoutCountryCode(digits: string, isInternational: boolean): string {
  if (digits.startsWith(LONGEST_COUNTRY_CODE)) return digits.slice(LONGEST_COUNTRY_CODE.length);
  if (!digits.startsWith('86')) return digits;
  const isMobile = digits.length === MOBILE_DIGITS + 2 && digits[2] === '1';
  return isInternational || isMobile ? digits.slice(2) : digits;
}
