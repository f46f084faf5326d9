import type { AmbulanceSheet, SheetPerson } from '../../schemas/ambulance-sheet.ts';
import type { PrintPage } from '../reports/print-page.ts';

const KINDS: Record<AmbulanceSheet['what']['kind'], string> = {
  sos: '一键呼叫',
  fall: '跌倒',
  vitals: '生命体征异常',
  wandering: '走失',
  inactivity: '长时间无活动',
  overstay: '滞留过久',
  service_request: '服务请求',
  device_offline: '设备离线',
  device_fault: '设备故障',
  low_battery: '电量不足',
  outage: '区域中断',
};
const MEASURES: Record<string, string> = {
  consciousness: '意识（ACVPU）',
  respirationPerMin: '呼吸（次/分）',
  spo2Pct: '血氧（%）',
  onOxygen: '吸氧',
  heartRateBpm: '心率（次/分）',
  systolicMmHg: '收缩压（mmHg）',
  diastolicMmHg: '舒张压（mmHg）',
  temperatureC: '体温（℃）',
  glucoseMmolL: '血糖（mmol/L）',
};
const GENDERS: Record<string, string> = { female: '女', male: '男', other: '其他' };
const STATES: Record<string, string> = { accepted: '已接单', en_route: '在途', on_scene: '已到场' };
const CARE_LEVELS = ['能力完好', '轻度失能', '中度失能', '重度失能'];
const NONE = '无记录';

export interface SheetHeading {
  /** Of the record, once it is one. */
  by?: string;
  reference?: string | null;
  local(iso: string): string;
}

/** The sheet as a page to print or to read out on the telephone: the address first. Pure. */
export function sheetPage(sheet: AmbulanceSheet, { by, reference, local }: SheetHeading): PrintPage {
  const { where, what, times } = sheet;
  const place = (at: { lat: number; lon: number } | null): string =>
    at === null ? NONE : `${at.lat}, ${at.lon}`;
  const phoned = ({ name, phone }: { name: string; phone: string | null }): string =>
    phone === null ? name : `${name} ${phone}`;
  const rows: [string, string][] = [
    ['地址', [where.street, where.community, where.address].filter((part) => part !== '').join(' ')],
    ['入户说明', where.accessNotes || NONE],
    ['钥匙保管人', where.keyHolders.map(phoned).join('；') || NONE],
    ['坐标 GCJ-02（高德、腾讯）', place(where.gcj02)],
    ['坐标 WGS-84', place(where.wgs84)],
    ['警情', `${KINDS[what.kind]}，${what.priority} 级，呼叫 ${what.calls} 次`],
    [
      '发生 / 接警',
      `${local(times.occurredAt)} / ${times.acknowledgedAt === null ? '尚无人接警' : `${local(times.acknowledgedAt)} ${times.acknowledgedBy ?? ''}`}`,
    ],
    [
      '触发设备',
      what.calledBy.map(({ kind, zone }) => (zone === null ? kind : `${kind}（${zone}）`)).join('；') || NONE,
    ],
    [
      '现场人员',
      sheet.sent.map((one) => `${phoned(one)}（${STATES[one.state] ?? one.state}）`).join('；') || '尚无',
    ],
  ];
  const tables: PrintPage['tables'][number][] = [
    { caption: '地点与警情', header: ['项目', '内容'], rows },
    ...sheet.people.map((person) => ({
      caption: `${person.subject ? '患者' : '同住'}：${person.name}`,
      header: ['项目', '内容'],
      rows: personRows(person),
    })),
    {
      caption: '近 24 小时体征（家中设备，最近一次）',
      header: ['指标', '数值', '时间'],
      rows: sheet.vitals.map(({ measure, value, at }) => [
        MEASURES[measure] ?? measure,
        typeof value === 'boolean' ? (value ? '是' : '否') : String(value),
        local(at),
      ]),
    },
    {
      caption: '经过',
      header: ['时间', '内容'],
      rows: [
        ...what.evidence.map((item) => ({ at: item.at, text: item.text })),
        ...what.notes.map((item) => ({ at: item.at, text: `${item.by}：${item.text}` })),
      ]
        .toSorted((a, b) => (a.at < b.at ? -1 : 1))
        .map(({ at, text }) => [local(at), text]),
    },
  ];
  const handed = by === undefined ? '' : ` · 移交人 ${by}${reference == null ? '' : `（120：${reference}）`}`;
  return { title: '120 急救移交单', subtitle: `${sheet.alertId} · ${local(sheet.at)}${handed}`, tables };
}

function personRows(person: SheetPerson): [string, string][] {
  const listed = (items: readonly string[]): string => items.join('、') || NONE;
  return [
    [
      '年龄 / 性别',
      `${person.age === null ? '不详' : `${person.age} 岁`} / ${GENDERS[person.gender ?? ''] ?? '不详'}`,
    ],
    ['电话', person.phone ?? NONE],
    ['语言', listed(person.languages)],
    ['能力', CARE_LEVELS[person.careLevel] ?? String(person.careLevel)],
    ['病史', listed(person.conditions)],
    ['用药', listed(person.medications)],
    ['过敏', listed(person.allergies)],
    ...(person.spo2Scale === 2 ? [['血氧目标', '88–92 %（NEWS2 标度 2）'] as [string, string]] : []),
    ...person.contacts.map(({ name, relation, phone, keyHolder }): [string, string] => [
      '联系人',
      [name, relation, phone, keyHolder ? '有钥匙' : null].filter((part) => part !== null).join(' '),
    ]),
  ];
}

/** The same as lines of text, to be read out or sent where no page can be opened. Pure. */
export function sheetText(page: PrintPage): string {
  const blocks = page.tables.map(({ caption, rows }) =>
    [`【${caption}】`, ...rows.map((row) => `${row[0]}：${row.slice(1).join('  ')}`)].join('\n'),
  );
  return [`${page.title}\n${page.subtitle}`, ...blocks].join('\n\n').concat('\n');
}
