import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { wgs84ToGcj02 } from '../../schemas/datum.ts';
import { type Call, type Harness, startHarness } from '../http/testing/harness.ts';
import { toCsv } from '../reports/csv.ts';
import { pastVisits } from '../reports/testing/visit-history.ts';
import { encodeGb18030 } from './testing/gb18030.ts';
import { anewOnRetry } from '../../tests/support/anew.ts';

let h: Harness;
let token: string;
anewOnRetry(
  async () => {
    h = await startHarness();
    token = await h.login('admin');
    for (const [what, csv] of [
      ['homes', 'id,street\nx1,莲花\nx2,福保\n'],
      ['residents', 'id,homeId,name\nrx0,x1,王零\n'],
      ['devices', 'id,homeId,kind\ndx0,x1,pir\n'],
      ['caregivers', 'id,name,role\ncx1,赵敏,nurse\n'],
      ['shifts', 'caregiverId,days,start,end\ncx1,6;7,08:00,20:00\n'],
      [
        'visit-plans',
        '住户编号,老人编号,名称,服务,方式,岗位,人员编号,星期,时间,间隔周数,时长（分钟）,自,至,例外日期\n' +
          'x1,rx0,周巡访,照料看护,上门,养老服务专员,cx1,2;5,09:30,2,45,2026-01-01,2026-12-31,2026-02-17;2026-02-18\n',
      ],
      [
        'vouchers',
        '老人编号,名称,服务,面值,开始日期,结束日期\nrx0,消费券,助餐;助浴,99.5,2026-01-01,2026-06-30\n',
      ],
    ] as const)
      expect((await load(what, csv)).status).toBe(200);
  },
  () => h.close(),
);

const CSV = { 'content-type': 'text/csv' };
const load = (what: string, csv: string, query = '', call: Call = h.admin) =>
  call('POST', `/import/${what}${query}`, csv, CSV);
const count = async (table: string): Promise<number> =>
  Number((await h.pool.query<{ n: string }>(`select count(*) as n from ${table}`)).rows[0]?.n);

describe('importing the registry', () => {
  it('takes files in any order of columns, in Chinese, and gives each device its secret', async () => {
    const homes =
      '编号,街道,社区,地址,纬度,经度\nn1,莲花街道,景田,景田北路 1 号,22.55,114.05\nn2,Fubao,,,,\n';
    expect((await load('homes', homes)).body).toMatchObject({ rows: 2, imported: 2, kept: true, badRows: 0 });
    expect((await h.admin('GET', '/homes/n1')).body).toMatchObject({
      street: '莲花',
      address: '景田北路 1 号',
    });
    const people = '编号,姓名,角色,性别,交通工具,电话\ncn1,赵敏,护士,女,电动车,13800000002\n';
    expect((await load('caregivers', people)).body.imported).toBe(1);
    expect((await h.admin('GET', '/caregivers?phone=13800000002')).body.items).toMatchObject([
      { id: 'cn1', role: 'nurse', vehicle: 'e_bike' },
    ]);
    const devices = (await load('devices', 'id,homeId,kind\ndn1,n1,一键呼叫\n')).body;
    expect(devices.items).toEqual([
      { line: 2, id: 'dn1', what: 'created', secret: expect.stringMatching(/^.{20,}$/) },
    ]);
    const shifts = 'caregiverId,days,start,end\ncn1,1;2;3;4;5,08:00,20:00\n';
    expect((await load('shifts', shifts)).body.imported).toBe(1);
    const posts =
      'id,level,parentId,name,street\nst1,社区,lianhua,景田站点,莲花\npo1,驿站,st1,景田驿站,莲花\n';
    expect((await load('organisations', posts)).body.imported).toBe(2);
  });

  it('reads GB18030, and coordinates in the datum of the map they were taken from', async () => {
    const gcj = wgs84ToGcj02({ lat: 22.55, lon: 114.05 });
    const csv = `编号,街道,地址,纬度,经度,坐标系\ngb1,华强北,振兴路,${gcj.lat},${gcj.lon},GCJ-02\n`;
    const response = await h.server.app.inject({
      method: 'POST',
      url: '/api/v1/import/homes',
      headers: { authorization: `Bearer ${token}`, ...CSV },
      payload: encodeGb18030(csv),
    });
    expect(response.statusCode).toBe(200);
    const { body } = await h.admin('GET', '/homes/gb1');
    expect(body).toMatchObject({ street: '华强北', address: '振兴路' });
    expect(body.lat).toBeCloseTo(22.55, 6);
  });

  const mixed = [
    'id,homeId,name,phone,birthDate',
    'rx1,x1,王一,1,1940-01-01',
    'rx2,nowhere,王二,2,1940-01-01',
    'rx3,x1,,3,1940-13-01',
    'rx1,x1,王四,4,1940-01-01',
    'rx5,x2,王五,5,2999-01-01',
  ].join('\r\n');
  const wrong = [
    [3, 'homeId'],
    [4, 'name'],
    [4, 'birthDate'],
    [5, 'id'],
    [6, 'birthDate'],
  ];

  it('takes all or nothing, and names every bad row with its line and column', async () => {
    const before = [await count('residents'), await count('audit'), await count('home_inputs')];
    const refused = await load('residents', mixed);
    expect(refused.status).toBe(400);
    expect(refused.body).toMatchObject({ code: 'validation', rows: 5, imported: 0, badRows: 4 });
    expect(refused.body.errors.map((e: { line: number; column: string }) => [e.line, e.column])).toEqual(
      wrong,
    );
    expect(refused.body.problems[0].field).toBe('line 3, homeId');
    expect([await count('residents'), await count('audit'), await count('home_inputs')]).toEqual(before);
  });

  it('can be tried without keeping anything, and skip what is bad', async () => {
    const tried = await load('residents', mixed, '?mode=skip&check=true');
    expect(tried.body).toMatchObject({ kept: false, imported: 0, badRows: 4 });
    expect((await h.admin('GET', '/residents/rx1')).status).toBe(404);
    const done = await load('residents', mixed, '?mode=skip');
    expect(done.body).toMatchObject({ kept: true, rows: 5, imported: 1, badRows: 4 });
    expect(done.body.items).toEqual([{ line: 2, id: 'rx1', what: 'created' }]);
    expect((await h.admin('GET', '/residents/rx1')).body.name).toBe('王一');
    const { items } = (await h.admin('GET', '/audit?object=residents:*')).body;
    expect(items[0]).toMatchObject({ action: 'residents.import', detail: { rows: 5, imported: 1 } });
  });

  it('keeps to the streets of who imports', async () => {
    const { call } = await h.userOf('supervisor', { streets: ['莲花'] });
    const answer = await load('homes', 'id,street\nin1,莲花\nout1,福保\n', '?mode=skip', call);
    expect(answer.body).toMatchObject({ imported: 1, errors: [{ line: 3 }] });
  });

  it('refuses what is no text, and JSON', async () => {
    expect((await h.admin('POST', '/import/homes', { street: '莲花' })).status).toBe(415);
    const image = await h.server.app.inject({
      method: 'POST',
      url: '/api/v1/import/homes',
      headers: { authorization: `Bearer ${token}`, ...CSV },
      payload: Buffer.from([0x89, 0xff, 0x00, 0xff, 0x80]),
    });
    expect(image.statusCode).toBe(400);
  });
});

describe('exporting the registry', () => {
  it('gives files that can be imported again, and that no spreadsheet runs', async () => {
    const resident = {
      id: 'back',
      homeId: 'x1',
      name: '=HYPERLINK("http://x")',
      phone: '+8613800000003',
      conditions: ['高血压'],
      medications: ['氨氯地平 5mg'],
      allergies: ['青霉素'],
      contacts: [{ name: '-1', phone: '@x', keyHolder: true }],
      assessments: [{ date: '2025-01-01', level: 2 }],
      wishes: { gender: 'female', avoided: ['cx1'], note: '＝1' },
      familyBed: { since: '2025-01-01' },
      settings: { bathroomDayMin: 40 },
    };
    await h.admin('POST', '/residents', resident);
    const { text, headers } = await h.admin('GET', '/export/residents');
    expect(headers['content-type']).toContain('text/csv');
    expect(text.startsWith('\uFEFFid,homeId,')).toBe(true);
    expect(text).toContain(`"'=HYPERLINK(""http://x"")"`);
    for (const cell of text.split(/[,\r\n]/)) expect(cell).not.toMatch(/^"?[=+@＝]|^-\D/);

    const before = (await h.admin('GET', '/residents/back')).body;
    const lines = text.split('\r\n').filter((line) => line.includes('id,homeId') || line.startsWith('back,'));
    await h.pool.query(`delete from residents where id = 'back'`);
    expect((await load('residents', lines.join('\r\n'))).body.imported).toBe(1);
    const after = (await h.admin('GET', '/residents/back')).body;
    expect({ ...after, createdAt: before.createdAt }).toEqual(before);
  });

  it.each([
    ['organisations'],
    ['homes'],
    ['residents'],
    ['devices'],
    ['caregivers'],
    ['shifts'],
    ['visit-plans', 'visit_plans'],
    ['vouchers'],
  ])('of %s round: the same file again changes nothing, whichever way', async (what, table = what) => {
    const { text } = await h.admin('GET', `/export/${what}`);
    const again = await load(what, text, '?mode=skip&check=true');
    // Everything is there already, and nothing else is wrong with it.
    const messages = new Set(
      again.body.errors.map((e: { message: string }) => e.message.replace(/the id \S+ /, '')),
    );
    expect([...messages]).toEqual(['is taken']);
    expect(again.body.badRows).toBe(again.body.rows);

    const versions = () => h.pool.query(`select id, version from ${table} order by id`);
    const before = (await versions()).rows;
    const updated = (await load(what, text, '?existing=update')).body;
    expect(updated).toMatchObject({ created: 0, updated: 0, unchanged: updated.rows, badRows: 0 });
    expect((await versions()).rows).toEqual(before);
  });
});

it('planned visits and vouchers come and go as files, in Chinese, in yuan, bad rows named', async () => {
  const plans = (await h.admin('GET', '/visit-plans?homeId=x1')).body.items;
  expect(plans).toMatchObject([
    {
      residentId: 'rx0',
      service: 'care',
      means: 'visit',
      role: 'community_officer',
      days: [2, 5],
      at: '09:30',
    },
  ]);
  expect(plans[0]).toMatchObject({ everyWeeks: 2, durationMin: 45, except: ['2026-02-17', '2026-02-18'] });
  const vouchers = (await h.admin('GET', '/vouchers?residentId=rx0')).body.items;
  expect(vouchers).toMatchObject([{ services: ['meal', 'bath'], valueFen: 9_950, to: '2026-06-30' }]);
  expect((await h.admin('GET', '/export/vouchers')).text).toContain(',9950,');

  const badPlans = [
    'homeId,service,days,at,since',
    'x1,juggling,1,09:00,2026-01-01',
    'x1,care,8,09:00,2026-01-01',
    'nowhere,care,1,09:00,2026-01-01',
    'x1,care,1,9 Uhr,2026-01-01',
  ].join('\n');
  const badVouchers = [
    'residentId,name,valueYuan,from,to',
    'rx0,券,-1,2026-01-01,2026-06-30',
    'rx0,券,1,2026-06-30,2026-01-01',
    'nobody,券,1,2026-01-01,2026-06-30',
    'rx0,券,0,2026-01-01,2026-06-30',
  ].join('\n');
  const wrong = async (what: string, csv: string) =>
    (await load(what, csv)).body.errors.map((e: { line: number; column: string }) => [e.line, e.column]);
  expect(await wrong('visit-plans', badPlans)).toEqual([
    [2, 'service'],
    [3, 'days'],
    [4, 'homeId'],
    [5, 'at'],
  ]);
  expect(await wrong('vouchers', badVouchers)).toEqual([
    [2, 'valueYuan'],
    [3, 'to'],
    [4, 'residentId'],
    [5, 'valueYuan'],
  ]);
});

it('key-holders, vehicle, and a family bed with what its bundle lacks stand in the files', async () => {
  await load('homes', 'id,street,keyHolders\nk1,梅林,cx1\n', '?existing=update');
  await load('caregivers', '编号,姓名,角色,交通工具\nck1,孙强,物业,汽车\n', '?existing=update');
  const bed = '编号,住户编号,姓名,家庭养老床位建床日期\nrk1,k1,周奶奶,2026-01-01\n';
  await load('residents', bed, '?existing=update');
  const [missing] = (await h.admin('GET', '/residents/rk1')).body.familyBedMissing;
  const lineOf = async (what: string, id: string) =>
    (await h.admin('GET', `/export/${what}`)).text.split('\r\n').find((line) => line.startsWith(`${id},`));
  expect(await lineOf('homes', 'k1')).toContain(',cx1,');
  expect(await lineOf('caregivers', 'ck1')).toContain(',car,');
  expect(await lineOf('residents', 'rk1')).toContain(missing);
});

describe('importing over what is there', () => {
  const residentOf = async (id: string) => (await h.admin('GET', `/residents/${id}`)).body;

  it('changes what the file has columns for, takes away what is empty there, and leaves the rest', async () => {
    await load('homes', 'id,street\nu1,梅林\n', '?existing=update');
    const id = `up-${randomUUID()}`;
    const contacts = [
      { name: '李女儿', relation: '女儿', phone: '13800000011', keyHolder: true },
      { name: '李儿子', phone: '13800000012' },
    ];
    const wishes = { gender: 'female', note: '上午不便' };
    await h.admin('POST', '/residents', { id, homeId: 'u1', name: '李奶奶', phone: '1', contacts, wishes });
    const csv = [
      '编号,住户编号,姓名,电话,联系人1电话,服务人员性别',
      `${id},u1,李奶奶,,13900000011,男`,
      `${id}-new,u1,李爷爷,2,,`,
    ].join('\n');
    const done = (await load('residents', csv, '?existing=update')).body;
    expect(done).toMatchObject({ rows: 2, imported: 2, created: 1, updated: 1, unchanged: 0, badRows: 0 });
    expect(done.items.map((item: { what: string }) => item.what)).toEqual(['updated', 'created']);
    expect(await residentOf(id)).toMatchObject({
      version: 2,
      phone: null,
      contacts: [{ ...contacts[0], phone: '13900000011' }, contacts[1]],
      wishes: { gender: 'male', note: '上午不便' },
    });
    const again = (await load('residents', csv, '?existing=update')).body;
    expect(again).toMatchObject({ imported: 0, unchanged: 2 });
    expect((await residentOf(id)).version).toBe(2);
    const audited = (await h.admin('GET', `/audit?object=resident:${id}`)).body.items;
    expect(audited.filter((entry: { action: string }) => entry.action === 'resident.change')).toHaveLength(1);
  });

  it('names every bad row with its line and column, and then changes nothing', async () => {
    await load('caregivers', 'id,name,role,stars\nuc1,钱工,technician,3\n', '?existing=update');
    const csv =
      'id,name,role,stars\nuc1,钱工,technician,5\nuc1,,technician,4\nuc1,钱工,king,4\nuc1,钱工,technician,9\nuc1,钱工,technician,x\n';
    const refused = await load('caregivers', csv, '?existing=update');
    expect(refused.status).toBe(400);
    expect(refused.body.errors.map((e: { line: number; column: string }) => [e.line, e.column])).toEqual([
      [3, 'name'],
      [4, 'role'],
      [5, 'stars'],
      [6, 'stars'],
    ]);
    expect((await h.admin('GET', '/caregivers/uc1')).body.stars).toBe(3);
  });

  it('knows a place again in the datum of the map it came from, and keeps to one’s streets', async () => {
    const gcj = wgs84ToGcj02({ lat: 22.56, lon: 114.06 });
    const csv = `id,street,lat,lon,datum\nug1,莲花,${gcj.lat},${gcj.lon},gcj02\n`;
    expect((await load('homes', csv, '?existing=update')).status).toBe(200);
    expect((await load('homes', csv, '?existing=update')).body).toMatchObject({ unchanged: 1, updated: 0 });
    const { call } = await h.userOf('supervisor', { streets: ['福保'] });
    const others = await load('homes', 'id,street\nug1,福保\n', '?existing=update', call);
    expect(others.body).toMatchObject({ code: 'validation', errors: [{ line: 2, column: 'id' }] });
  });
});

describe('importing a visit history', () => {
  const figures = { households: 885, visits: 4_649, hours: 8_147, satisfaction: 9.18 };

  it('with the totals of the district’s 2024 gives exactly these: 885, 4,649, 8,147, 9.18', async () => {
    const visits = pastVisits(figures);
    const homes = new Map(visits.map((visit) => [visit.homeId, visit.street]));
    const made = await load('homes', toCsv(['id', 'street'], [...homes.entries()]));
    expect(made.body).toMatchObject({ imported: 885 });
    await load('caregivers', '编号,姓名,角色\nhist,历史,护理员\n');
    const columns = ['编号', '住户编号', '服务', '人员编号', '服务机构', '开始时间', '结束时间', '满意度'];
    const rows = visits.map((v) => [
      v.id,
      v.homeId,
      v.service,
      'hist',
      v.provider,
      v.beganAt,
      v.endedAt,
      v.score,
    ]);
    expect((await load('visits', toCsv(columns, rows))).body).toMatchObject({ imported: 4_649, badRows: 0 });

    const { body } = await h.admin('GET', '/reports/kpi?from=2024-09&to=2024-09&groupBy=month');
    expect(body.total).toEqual({ group: 'total', ...figures });
    const orders = await h.admin('GET', '/orders?caregiverId=hist&limit=3');
    expect(orders.status).toBe(200);
    expect(await count('ledger_transactions')).toBe(0);
    // The same visits again change nothing.
    const again = await load('visits', toCsv(columns, rows.slice(0, 300)), '?mode=skip');
    expect(again.body).toMatchObject({ imported: 0, badRows: 300 });
    expect((await h.admin('GET', '/reports/kpi?from=2024-09&to=2024-09')).body.total.visits).toBe(4_649);
  });

  it('takes local times, and refuses visits that cannot have been', async () => {
    const csv = [
      'id,homeId,service,caregiverId,beganAt,endedAt,score',
      'p1,x1,助浴,cx1,2024-03-01 09:00,2024/3/1 10:30,9.5',
      'p2,x1,bath,cx1,2024-03-01 10:00,2024-03-01 09:00,',
      'p3,x1,bath,cx1,2024-02-30 10:00,2024-03-01 09:00,',
      'p4,x1,bath,nobody,2024-03-01 09:00,2024-03-01 10:00,',
      'p5,x1,bath,cx1,2999-03-01 09:00,2999-03-01 10:00,',
      'p6,x1,bath,cx1,2024-03-01 09:00,2024-03-01 10:00,11',
      'p7,x1,juggling,cx1,2024-03-01 09:00,2024-03-01 10:00,',
    ].join('\n');
    const { body } = await load('visits', csv, '?mode=skip');
    expect(body.imported).toBe(1);
    expect(body.errors.map((e: { line: number; column: string }) => [e.line, e.column])).toEqual([
      [3, 'endedAt'],
      [4, 'beganAt'],
      [5, 'caregiverId'],
      [6, 'endedAt'],
      [7, 'score'],
      [8, 'service'],
    ]);
    const { rows } = await h.pool.query(`select began_at, minutes from visits where order_id = 'p1'`);
    expect(rows).toEqual([{ began_at: new Date('2024-03-01T01:00:00Z'), minutes: 90 }]);
  });
});
