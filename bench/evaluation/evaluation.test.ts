import { describe, expect, it } from 'vitest';
import { probability } from '../../ingest/detectors/boosted-trees.ts';
import { boost } from './boosting.ts';
import { csvRows } from './csv.ts';
import { sisfallTrials, wedaTrials } from './motion-trials.ts';
import { casasHome, kasterenHome } from './presence-recordings.ts';
import { seededRandom } from './random.ts';
import { auroc, quantile, rateInterval, shareInterval } from './statistics.ts';

/** Lines made up in the form of the recordings; none of theirs is here. */
describe('parsers', () => {
  it('fields in quotes may hold commas', () => {
    expect(csvRows('a,b,c\n1,"x, y",3\n')).toEqual([{ a: '1', b: 'x, y', c: '3' }]);
  });
  it('counts of SisFall become g', () => {
    const [trial] = sisfallTrials(
      'trial,activity,label,subject\nT1,F01,fall,SE06\n',
      'trial,x,y,z,smv_max\nT1,256,-128,0,300\n',
    );
    expect(trial).toMatchObject({ isFall: true, isElderly: true, subject: 'SE06' });
    expect([trial?.x[0], trial?.y[0]]).toEqual([1, -0.5]);
  });
  it('WEDA-FALL is read by rows, or by stamps to 50 Hz', () => {
    const trials =
      'trial,activity,description,label,subject,group,fall_start_s,fall_end_s\nA,D04,"sit, wait",adl,1,young,,\n';
    const samples = 'trial,t_s,ax,ay,az\nA,0,0,0,9.81\nA,0.08,9.81,0,9.81\nA,0.04,4.905,0,9.81\n';
    expect([...(wedaTrials(trials, samples, 'rows')[0]?.x ?? [])]).toEqual([0, 0.5, 1]);
    expect([...(wedaTrials(trials, samples, 'stamps')[0]?.x ?? [])].map((v) => Number(v.toFixed(3)))).toEqual(
      [0, 0.25, 0.5, 0.75, 1],
    );
  });
  it('CASAS: rooms, the door, and when the resident was out; lamps are nobody', () => {
    const home = casasHome(
      '2011-01-01 08:00:00.5 Bathroom Bathroom ON Toilet\n2011-01-01 08:01:00 Kitchen KitchenLight ON Other\n2011-01-01 09:00:00 OutsideDoor FrontDoor OPEN Leave_Home\n2011-01-01 10:00:00 OutsideDoor FrontDoor CLOSE Enter_Home\n',
    );
    expect(home.events.map(({ zone, sensor, occupied }) => `${sensor} ${zone} ${occupied}`)).toEqual([
      'pir bathroom true',
      'door entrance true',
      'door entrance false',
    ]);
    expect(home.out).toEqual([[Date.UTC(2011, 0, 1, 9), Date.UTC(2011, 0, 1, 10)]]);
  });
  it('a switch of van Kasteren is an opening and a closing', () => {
    const home = kasterenHome(
      'start,end,name\n2008-01-01 08:00:00,2008-01-01 08:00:05,Frontdoor\n',
      'start,end,name\n',
    );
    expect(home.events.map(({ zone, occupied }) => [zone, occupied])).toEqual([
      ['entrance', true],
      ['entrance', false],
    ]);
  });
});

describe('statistics', () => {
  it('AUROC counts ties half', () => {
    expect(auroc([1, 2, 3, 4], [false, false, true, true])).toBe(1);
    expect(auroc([1, 1, 1, 1], [false, true, false, true])).toBe(0.5);
  });
  it('intervals are those of the textbooks', () => {
    expect(shareInterval(95, 100).map((v) => v.toFixed(3))).toEqual(['0.888', '0.978']);
    expect(rateInterval(3, 1).map((v) => v.toFixed(3))).toEqual(['0.619', '8.767']);
    expect(rateInterval(0, 1).map((v) => v.toFixed(3))).toEqual(['0.000', '3.689']);
  });
  it('the median lies between the two in the middle', () => expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5));
});

it('boosting learns what two features say together, and the same seed gives the same model', () => {
  const random = seededRandom(7);
  const examples = Array.from({ length: 400 }, () => {
    const features = [random(), random(), random()];
    return { features, isPositive: (features[0] ?? 0) > 0.5 !== (features[1] ?? 0) > 0.5, weight: 1 };
  });
  const how = {
    trees: 60,
    depth: 3,
    learningRate: 0.2,
    rowShare: 0.7,
    featuresPerQuestion: 3,
    minLeafExamples: 5,
    ridge: 0.1,
    bins: 16,
  };
  const model = boost(examples, 3, how, seededRandom(1));
  expect(boost(examples, 3, how, seededRandom(1))).toEqual(model);
  const right = examples.filter((e) => probability(model, e.features) > 0.5 === e.isPositive);
  expect(right.length / examples.length).toBeGreaterThan(0.95);
});
