import { csvRows, type Dataset, type RecordedEvent, type Recording } from './dataset.ts';

/** Hospital hours have no date; day 0 is a Monday. */
const ADMISSION_AT = Date.UTC(2026, 0, 5);
const MINUTE_MS = 60_000;
const monitor = { sensor: 'monitor', kind: 'health_monitor' as const };

type Vital = readonly [field: string, least: number, most: number];

/** Field of our channel, and what its schema takes; values outside (real artefacts) are left out. */
const FIELDS_2012: Record<string, Vital> = {
  HR: ['heartRateBpm', 0, 400],
  NISysABP: ['systolicMmHg', 0, 400],
  SysABP: ['systolicMmHg', 0, 400],
  NIDiasABP: ['diastolicMmHg', 0, 300],
  DiasABP: ['diastolicMmHg', 0, 300],
  RespRate: ['respirationPerMin', 0, 150],
  SaO2: ['spo2Pct', 0, 100],
  Temp: ['temperatureC', 10, 50],
};
const COLUMNS_2019: readonly (Vital | undefined)[] = [
  ['heartRateBpm', 0, 400],
  ['spo2Pct', 0, 100],
  ['temperatureC', 10, 50],
  ['systolicMmHg', 0, 400],
  undefined,
  ['diastolicMmHg', 0, 300],
  ['respirationPerMin', 0, 150],
];
const ROOM_AIR = 0.21;

const within = ([, least, most]: Vital, value: number): boolean => value >= least && value <= most;

/** PhysioNet 2012: `record,min,param,value`; what one minute brought is one message. */
export const cinc2012: Dataset = {
  name: 'cinc2012',
  title: 'PhysioNet 2012: first 48 hours of bedside vitals, one patient a home',
  folder: 'cinc2012-icu-setAB',
  files: ['vitals_events.csv.gz'],
  read: ([text = ''], limit) =>
    collect(csvRows(text), limit, ([record = '', minute, param = '', value]) => ({
      patient: record,
      atMs: ADMISSION_AT + Number(minute) * MINUTE_MS,
      body: vital2012(param, Number(value)),
    })),
};

function vital2012(param: string, value: number): Record<string, unknown> {
  if (Number.isNaN(value)) return {};
  if (param === 'GCS') return { consciousness: value >= 15 ? 'A' : 'C' };
  if (param === 'FiO2') return { onOxygen: value > ROOM_AIR };
  const vital = FIELDS_2012[param];
  return vital !== undefined && within(vital, value) ? { [vital[0]]: value } : {};
}

/** PhysioNet 2019: one row an hour, empty = not measured. */
export const cinc2019: Dataset = {
  name: 'cinc2019',
  title: 'PhysioNet 2019: hourly bedside vitals with sepsis labels, one patient a home',
  folder: 'cinc2019-sepsis-setB',
  files: ['vitals_hourly.csv.gz'],
  read: ([text = ''], limit) =>
    collect(csvRows(text), limit, ([patient = '', hour, ...values]) => ({
      patient,
      atMs: ADMISSION_AT + Number(hour) * 60 * MINUTE_MS,
      body: Object.fromEntries(
        COLUMNS_2019.flatMap((vital, column) => {
          const text = values[column] ?? '';
          return vital !== undefined && text !== '' && within(vital, Number(text))
            ? [[vital[0], Number(text)]]
            : [];
        }),
      ),
      label: values[9] === '1' ? 'sepsis' : '',
    })),
};

interface Row {
  patient: string;
  atMs: number;
  body: Record<string, unknown>;
  label?: string;
}

/** Rows of one patient stand together in both files; those of one moment become one message. */
function collect(rows: Iterable<string[]>, limit: number, read: (row: string[]) => Row): Recording[] {
  const recordings: Recording[] = [];
  let current: Recording | undefined;
  let last: RecordedEvent | undefined;
  for (const cells of rows) {
    const row = read(cells);
    if (current?.name !== row.patient) {
      if (recordings.length === limit) break;
      current = { name: row.patient, sensors: [monitor], events: [] };
      last = undefined;
      recordings.push(current);
    }
    if (Object.keys(row.body).length === 0 || Number.isNaN(row.atMs)) continue;
    if (last?.atMs === row.atMs) Object.assign(last.body, row.body);
    else {
      last = { atMs: row.atMs, sensor: 'monitor', channel: 'vitals', body: row.body };
      if (row.label !== undefined && row.label !== '') last.label = row.label;
      current.events.push(last);
    }
  }
  for (const recording of recordings)
    recording.events = recording.events.filter((event) => MEASURED.some((field) => field in event.body));
  return recordings;
}

/** `onOxygen` alone is no measurement: the channel asks for one. */
const MEASURED = [
  'heartRateBpm',
  'spo2Pct',
  'systolicMmHg',
  'diastolicMmHg',
  'respirationPerMin',
  'temperatureC',
  'consciousness',
];
