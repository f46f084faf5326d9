import { describe, expect, it } from 'vitest';
import { casasAruba } from './casas-aruba.ts';
import { casasHhAl } from './casas-hh-al.ts';
import { cinc2012, cinc2019 } from './cinc-vitals.ts';
import { recordedTime } from './dataset.ts';
import { geolife } from './geolife.ts';
import { kasteren } from './kasteren.ts';
import { mitPlacelab } from './mit-placelab.ts';
import { sisfall, wedaFall } from './motion-trials.ts';

// Lines in the shape of the files, invented: the recordings themselves may not be copied here.
describe('recordings', () => {
  it('CASAS: areas become PIR zones, the front door a door, lights nothing', () => {
    const [home] = casasHhAl.read(
      [
        '2011-06-15 01:03:39.14962 Bedroom Bedroom ON Sleep\n2011-06-15 01:04:00.5 OutsideDoor FrontDoor OPEN Leave_Home\n2011-06-15 01:05:00.1 Kitchen KitchenLight ON Cook\n\n',
      ],
      1,
    );
    expect(home?.events).toEqual([
      {
        atMs: Date.UTC(2011, 5, 15, 1, 3, 39, 149),
        sensor: 'bedroom',
        channel: 'presence',
        body: { sensor: 'pir', zone: 'bedroom', occupied: true },
        label: 'Sleep',
      },
      {
        atMs: Date.UTC(2011, 5, 15, 1, 4, 0, 500),
        sensor: 'frontdoor',
        channel: 'presence',
        body: { sensor: 'door', zone: 'entrance', occupied: true },
        label: 'Leave_Home',
      },
    ]);
    expect(home?.sensors.map((sensor) => sensor.sensor)).toContain('frontdoor');
  });

  it('Aruba: an interval begins and ends as presence in its room', () => {
    const [home] = casasAruba.read(
      ['activity,start,end,motion_events\nSleeping,2010-11-04 00:03:50.209,2010-11-04 05:40:43.642,13\n'],
      1,
    );
    expect(home?.events.map((event) => [event.sensor, event.body['occupied']])).toEqual([
      ['bed', true],
      ['bed', false],
    ]);
  });

  it('Kasteren: a switch is on between its times, overlapping ones in order', () => {
    const [home] = kasteren.read(
      [
        'start,end,name\n2008-02-25 09:33:47,2008-02-25 17:21:12,Hall-Bedroom door\n2008-02-25 09:40:00,2008-02-25 09:41:00,ToiletFlush\n',
      ],
      1,
    );
    expect(
      home?.events.map((event) => `${event.body['zone'] as string} ${String(event.body['occupied'])}`),
    ).toEqual(['bedroom true', 'toilet true', 'toilet false', 'bedroom false']);
  });

  it('PlaceLab: blocks of five lines, an off before its on is of the next day', () => {
    const sensors = '100,Bathroom,Toilet Flush \n68,Office/study,Drawer\n';
    const block =
      'Toileting,4/1/2003,17:30:36,17:46:41\n100,68\nToilet Flush,Drawer\n17:39:37,23:59:00\n18:10:57,0:1:0\n';
    const [home] = mitPlacelab.read([sensors, block, '', ''], 1);
    expect(home?.events).toHaveLength(4);
    expect(home?.events.at(-1)).toMatchObject({
      atMs: Date.UTC(2003, 3, 2, 0, 1, 0),
      sensor: 's68',
      body: { zone: 'study', occupied: false },
    });
  });

  it('vitals of one minute are one message; artefacts no schema takes are left out', () => {
    const [patient, ...more] = cinc2012.read(
      [
        'record,min,param,value\n1,7,GCS,14\n1,7,HR,73\n1,7,Temp,-17.8\n1,9,FiO2,0.5\n1,37,SaO2,97\n2,7,HR,80\n3,1,HR,70\n',
      ],
      2,
    );
    expect(patient?.events.map((event) => event.body)).toEqual([
      { consciousness: 'C', heartRateBpm: 73 },
      { spo2Pct: 97 },
    ]);
    expect(more).toHaveLength(1);
    const [septic] = cinc2019.read(
      [
        'patient,ICULOS_h,HR,O2Sat,Temp,SBP,MAP,DBP,Resp,EtCO2,FiO2,SepsisLabel\np1,1,,,,,,,,,,0\np1,2,93,92.5,,110,76,56,22,,,1\n',
      ],
      5,
    );
    expect(septic?.events).toMatchObject([
      { body: { heartRateBpm: 93, spo2Pct: 92.5, systolicMmHg: 110, diastolicMmHg: 56 }, label: 'sepsis' },
    ]);
  });

  it('walkers are told apart, and trials cut into windows in g', () => {
    const walkers = geolife.read(
      [
        'user,trajectory,utc,lat,lon\n020,1,2011-08-25T14:38:25,39.9,116.3\n062,1,2011-08-25T14:38:25,39.8,116.2\n',
      ],
      5,
    );
    expect(walkers.map((walker) => walker.name)).toEqual(['020', '062']);
    const rows = Array.from({ length: 150 }, () => 'D01_SA01_R01,256,-128,0,300').join('\n');
    const [trial] = sisfall.read([`trial,x,y,z,smv_max\n${rows}\n`], 1);
    expect(trial?.events).toHaveLength(2);
    expect(trial?.events[1]?.body['x']).toHaveLength(50);
    expect(trial?.events[0]?.body).toMatchObject({ hz: 50, y: expect.arrayContaining([-0.5]) });
    const [wrist] = wedaFall.read(['trial,t_s,ax,ay,az\nD01/U01_R01,0.0,-0.8,0.5,9.80665\n'], 1);
    expect(wrist).toMatchObject({ name: 'D01-U01_R01', events: [{ body: { hz: 50, z: [1] } }] });
  });

  it('times are read as UTC, whatever their fraction', () => {
    expect(recordedTime('2011-06-15 01:03:39.14962')).toBe(Date.UTC(2011, 5, 15, 1, 3, 39, 149));
    expect(recordedTime('2011-08-25T14:38:25')).toBe(Date.UTC(2011, 7, 25, 14, 38, 25));
    expect(recordedTime('yesterday')).toBeNaN();
  });
});
