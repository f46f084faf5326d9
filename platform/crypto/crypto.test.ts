import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DataKeys, parseDataKey } from './data-key.ts';
import { hashPassword, needsRehash, verifyPassword } from './password.ts';
import { createPersonalData, SealError } from './personal-data.ts';
import { hashSecret, newSecret, secretMatches } from './secrets.ts';

const key = createHash('sha256').update('one').digest();
const otherKey = createHash('sha256').update('two').digest();
const data = createPersonalData(key);
const hex = (tokens: readonly Buffer[]) => tokens.map((token) => token.toString('hex'));

describe('the key', () => {
  test('is 32 bytes in hex, base64 or base64url', () => {
    expect(parseDataKey(key.toString('hex'))).toEqual(key);
    expect(parseDataKey(`${key.toString('base64')}\n`)).toEqual(key);
    expect(parseDataKey(key.toString('base64url'))).toEqual(key);
  });
  test.each([
    '',
    'x',
    key.toString('hex').slice(2),
    key.subarray(1).toString('base64'),
    `${key.toString('hex')}00`,
  ])('%j is none', (text) => {
    expect(parseDataKey(text)).toBeUndefined();
  });
});

describe('sealing', () => {
  test('what was sealed is opened, and nothing of it can be read before', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(data.open(data.seal(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
    const sealed = data.seal({ name: '王芳', phone: '13812345678' });
    expect(sealed.includes('13812345678')).toBe(false);
    expect(sealed.includes('王芳')).toBe(false);
  });

  test('the same thing is sealed differently each time', () => {
    expect(data.seal('x').equals(data.seal('x'))).toBe(false);
  });

  test('a single changed bit anywhere is noticed', () => {
    const sealed = data.seal({ name: '王芳' });
    for (let at = 0; at < sealed.length; at++) {
      const damaged = Buffer.from(sealed);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      expect(() => data.open(damaged)).toThrow(SealError);
    }
    expect(() => data.open(sealed.subarray(0, 20))).toThrow(SealError);
    expect(() => data.open(Buffer.alloc(0))).toThrow(SealError);
  });

  test('another key says so; a former key still opens', () => {
    const sealed = data.seal('x');
    expect(() => createPersonalData(otherKey).open(sealed)).toThrow(/another key/);
    const renewed = createPersonalData(otherKey, [key]);
    expect(renewed.open(sealed)).toBe('x');
    expect(() => data.open(renewed.seal('y'))).toThrow(/another key/);
  });

  test('a process that runs takes keys that have changed under it when it meets them', () => {
    const old = data.seal('x');
    const renewed = createPersonalData(otherKey, [key]).seal('y');
    let keys: DataKeys = { current: key, former: [] };
    const running = createPersonalData(key, [], () => keys);
    expect(() => running.open(renewed)).toThrow(/another key/);
    keys = { current: otherKey, former: [key] };
    expect([running.open(renewed), running.open(old)]).toEqual(['y', 'x']);
    expect(running.seal('z').subarray(0, 5)).toEqual(running.mark());
    expect(running.mark()).toEqual(renewed.subarray(0, 5));
    expect(running.phoneTokensByKey('138')).toEqual([running.phoneToken('138'), data.phoneToken('138')]);
    expect(running.searchTokensByKey('王')).toEqual([running.searchTokens('王'), data.searchTokens('王')]);
  });

  test('keys that cannot be read again leave those that are there', () => {
    const running = createPersonalData(key, [], () => {
      throw new Error('the file is gone');
    });
    expect(() => running.open(createPersonalData(otherKey).seal('x'))).toThrow(/another key/);
    expect(running.open(data.seal('x'))).toBe('x');
  });
});

describe('search tokens', () => {
  const finds = (query: string, ...texts: string[]) => {
    const stored = new Set(hex(data.searchTokens(...texts)));
    return hex(data.searchTokens(query)).every((token) => stored.has(token));
  };

  test.each([
    ['芳', '王芳'],
    ['王芳', '王 芳'],
    ['WANG', 'wang fang'],
    ['ｗａｎｇ', 'Wang Fang'],
    ['3号楼502', '虎丘区 3号楼-502室'],
    ['𠮷田', '𠮷田'],
  ])('%s finds %s', (query, text) => {
    expect(finds(query, text)).toBe(true);
  });

  test.each([
    ['李', '王芳'],
    ['芳王', '王芳'],
    ['wf', 'wang fang'],
  ])('%s does not find %s', (query, text) => {
    expect(finds(query, text)).toBe(false);
  });

  test('the end of one field and the beginning of the next are no neighbours', () => {
    expect(finds('芳虎', '王芳', '虎丘')).toBe(false);
    expect(finds('虎丘', '王芳', '虎丘')).toBe(true);
  });

  test('tokens are 16 bytes, distinct, and mean nothing without the key', () => {
    const tokens = data.searchTokens('王王王');
    expect(tokens.map((token) => token.length)).toEqual([16, 16]); // 王, 王王
    expect(hex(createPersonalData(otherKey).searchTokens('王王王'))).not.toEqual(hex(tokens));
    expect(data.searchTokens(' -!')).toEqual([]);
  });
});

describe('phone tokens', () => {
  const same = (...phones: string[]) =>
    new Set(hex(phones.map((phone) => data.phoneToken(phone)))).size === 1;

  test('one number however it is written', () => {
    expect(
      same(
        '13812345678',
        '+86 138 1234 5678',
        '0086-138-1234-5678',
        '8613812345678',
        '１３８１２３４５６７８',
      ),
    ).toBe(true);
    expect(same('0512-6512 3456', '+86 512 65123456', '(0512)65123456')).toBe(true);
  });

  test('different numbers differ, and so does what is no number', () => {
    const phones = [
      '13812345678',
      '13812345679',
      '+852 2812 3456',
      '110',
      '120',
      '86',
      'unknown',
      'none',
      '',
    ];
    expect(new Set(hex(phones.map((phone) => data.phoneToken(phone)))).size).toBe(phones.length);
  });

  test('a phone and a text never share a token', () => {
    expect(hex(data.searchTokens('1'))).not.toContain(data.phoneToken('1').toString('hex'));
  });
});

describe('secrets', () => {
  test('are 256 bits that fit into a URL, and match their hash only', () => {
    const [one, two] = [newSecret(), newSecret()];
    expect(one).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(one).not.toBe(two);
    expect([
      secretMatches(one, hashSecret(one)),
      secretMatches(two, hashSecret(one)),
      secretMatches('', hashSecret(one)),
    ]).toEqual([true, false, false]);
    expect(secretMatches(one, Buffer.alloc(0))).toBe(false);
  });
});

describe('passwords', () => {
  const cheap = { ln: 10, r: 8, p: 1 };

  test('are verified by what is stored, parameters included', async () => {
    const stored = await hashPassword('银铃 correct', cheap);
    expect(stored).toMatch(/^\$scrypt\$ln=10,r=8,p=1\$/);
    expect(await verifyPassword('银铃 correct', stored)).toBe(true);
    expect(await verifyPassword('银铃 wrong', stored)).toBe(false);
    expect(await verifyPassword('', stored)).toBe(false);
    expect(stored).not.toBe(await hashPassword('银铃 correct', cheap));
  });

  test('the usual cost works, and a cheaper hash is to be renewed', async () => {
    const stored = await hashPassword('x');
    expect(await verifyPassword('x', stored)).toBe(true);
    expect([needsRehash(stored), needsRehash(await hashPassword('x', cheap))]).toEqual([false, true]);
  });

  test.each([
    undefined,
    '',
    'plain',
    '$scrypt$ln=40,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  ])('against %j none is right', async (stored) => {
    expect(await verifyPassword('', stored)).toBe(false);
  });
});
