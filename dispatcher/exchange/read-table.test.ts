import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { homeBody, residentBody, shiftBody } from '../../schemas/registry.ts';
import { toCsv } from '../reports/csv.ts';
import { decodeText } from './decode-text.ts';
import { parseCsv } from './parse-csv.ts';
import { readTable } from './read-table.ts';
import { REGISTRY_COLUMNS } from './registry-columns.ts';
import { encodeGb18030 } from './testing/gb18030.ts';

describe('the text of a file', () => {
  const text = '编号,街道\nh1,莲花\n';
  it.each([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with a byte order mark', Buffer.from(`\uFEFF${text}`)],
    ['GB18030', encodeGb18030(text)],
    ['UTF-16 with a byte order mark', Buffer.from(`\uFEFF${text}`, 'utf16le')],
  ])('is read from %s', (_name, bytes) => {
    expect(decodeText(bytes)).toBe(text);
  });

  it('is not guessed where it is neither, or not what it is said to be', () => {
    expect(decodeText(Uint8Array.of(0xff, 0xff, 0x80, 0x00, 0x81))).toBeUndefined();
    expect(decodeText(encodeGb18030(text), 'utf-8')).toBeUndefined();
  });
});

describe('CSV', () => {
  it('is taken apart with quotes, separators and line ends inside, and lines are counted', () => {
    const parsed = parseCsv('a,b\r\n"x ""y"", z","1\r\n2"\r\n\r\nlast,"q"');
    expect(parsed).toEqual({
      ok: true,
      rows: [
        { line: 1, cells: ['a', 'b'] },
        { line: 2, cells: ['x "y", z', '1\r\n2'] },
        { line: 5, cells: ['last', 'q'] },
      ],
    });
  });

  it.each(['a;b\n1;2', 'a\tb\n1\t2'])('may be separated by semicolons or tabs', (text) => {
    expect(parseCsv(text)).toMatchObject({ rows: [{ cells: ['a', 'b'] }, { cells: ['1', '2'] }] });
  });

  it('that is cut off in a quoted cell is refused with its line', () => {
    expect(parseCsv('a,b\n1,"2\n3')).toMatchObject({ ok: false, line: 2 });
    expect(parseCsv('a,b\n"1"x,2')).toMatchObject({ ok: false, line: 2 });
  });

  it('comes back as it was written, whatever stands in it', () => {
    const cell = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => !text.includes('\0'));
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 8 }), (rows) => {
        const wanted = rows.map(([x, y]) => ['k', x, y]);
        const parsed = parseCsv(toCsv(['k', 'x', 'y'], wanted).replace('\uFEFF', ''));
        if (!parsed.ok) throw new Error(parsed.message);
        const read = parsed.rows.slice(1).map((row) => row.cells);
        const guarded = wanted.map((row) =>
          row.map((text) => (/^\s*[=+\-@＝＋－＠]|^[\t\r\n]/.test(text) ? `'${text}` : text)),
        );
        expect(read).toEqual(guarded);
      }),
    );
  });
});

describe('a table', () => {
  it('names every bad cell by its line and the file’s own column, all at once', () => {
    const csv =
      '街道,lat,lon,坐标系\n莲花,22.5,114,GCJ-02\n无名,22.5,114,\n莲花,north,114,\n莲花,22.5,999,mars\n';
    const table = readTable(csv, REGISTRY_COLUMNS.homes, homeBody);
    expect(table.rows).toMatchObject([{ line: 2, body: { street: '莲花', datum: 'gcj02' } }]);
    expect(table.count).toBe(4);
    expect(table.problems.map(({ line, column }) => [line, column])).toEqual([
      [3, '街道'],
      [4, 'lat'],
      [5, 'lon'],
      [5, '坐标系'],
    ]);
  });

  it('refuses columns that it does not know, or that stand twice, before any row', () => {
    const unknown = readTable('street,shoe size\n莲花,42\n', REGISTRY_COLUMNS.homes, homeBody);
    expect(unknown).toMatchObject({ rows: [], problems: [{ line: 1, column: 'shoe size' }] });
    const twice = readTable('street,街道\n莲花,莲花\n', REGISTRY_COLUMNS.homes, homeBody);
    expect(twice.problems).toMatchObject([{ line: 1, column: '街道' }]);
    expect(readTable('', REGISTRY_COLUMNS.homes, homeBody).problems).toMatchObject([{ line: 1 }]);
  });

  it('reads contacts in their order, lists, wishes, words and guarded telephones', () => {
    const csv = [
      '住户编号,姓名,性别,语言,联系人1姓名,联系人1电话,联系人2姓名,联系人2有钥匙,wishedGender,avoided,familyBedSince',
      "h1,王桂兰,女,粤语、普通话,王伟,'+8613800000001,李邻居,是,女,c1;c2,2025-01-01",
    ].join('\n');
    const { rows, problems } = readTable(csv, REGISTRY_COLUMNS.residents, residentBody);
    expect(problems).toEqual([]);
    expect(rows[0]?.body).toEqual({
      homeId: 'h1',
      name: '王桂兰',
      gender: 'female',
      languages: ['粤语', '普通话'],
      contacts: [
        { name: '王伟', phone: '+8613800000001' },
        { name: '李邻居', keyHolder: true },
      ],
      wishes: { gender: 'female', avoided: ['c1', 'c2'] },
      familyBed: { since: '2025-01-01' },
    });
  });

  it('names the column of a contact that is left out before another', () => {
    const csv = 'homeId,name,contact2Name\nh1,王,李\n';
    const { problems } = readTable(csv, REGISTRY_COLUMNS.residents, residentBody);
    expect(problems).toMatchObject([{ line: 2, column: 'contact1Name' }]);
  });

  it('reads weekly shifts with their exceptions', () => {
    const csv = 'caregiverId,days,start,end,except\nc1,1;2;7,22:00,06:00,2026-02-16;2026-02-17\n';
    const { rows } = readTable(csv, REGISTRY_COLUMNS.shifts, shiftBody);
    expect(rows[0]?.body).toEqual({
      caregiverId: 'c1',
      weekly: { days: [1, 2, 7], start: '22:00', end: '06:00', except: ['2026-02-16', '2026-02-17'] },
    });
  });
});
