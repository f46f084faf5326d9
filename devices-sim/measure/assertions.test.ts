import { describe, expect, it } from 'vitest';
import { judge, parseAssertion, quantileOf, takeAssertions } from './assertions.ts';
import { Histogram } from './histogram.ts';

const KNOWN = { times: ['sos', 'ack'], counts: ['lost', 'ackPerS'] };
const parse = (text: string) => parseAssertion(text, KNOWN);

describe('an assertion', () => {
  it('compares a time in ms, whatever unit it was written in', () => {
    expect(parse('sos.p99<250ms')).toMatchObject({ metric: 'sos.p99', compare: '<', value: 250 });
    expect(parse(' ack.max >= 1.5s ')).toMatchObject({ compare: '>=', value: 1500, text: 'ack.max >= 1.5s' });
    expect(parse('ack.p50<=400us').value).toBeCloseTo(0.4);
  });

  it('compares counts without a unit', () => {
    expect(parse('lost==0')).toMatchObject({ metric: 'lost', compare: '==', value: 0 });
    expect(parse('sos.count>10').value).toBe(10);
  });

  it.each([
    'sos.p99',
    'sos.p99<fast',
    'sos.p99=250ms',
    'sos<250ms',
    'sos.p95<250ms',
    'sos.p99.x<1ms',
    'found==0',
    'lost==0ms',
    'sos.p99<250',
    'lost<-1',
    '',
  ])('"%s" is refused', (text) => {
    expect(() => parse(text)).toThrow(`"${text}"`);
  });

  it.each([
    ['lost<1', 0, true],
    ['lost<=1', 1, true],
    ['lost>1', 1, false],
    ['lost>=1', 1, true],
    ['lost==1', 1, true],
    ['lost!=1', 1, false],
  ])('%s of %d: %s', (text, measured, held) => {
    expect(judge(parse(text), measured)).toEqual({ text, measured, held });
  });

  it('does not hold of what nobody measured', () => {
    expect(judge(parse('lost>=0'), null).held).toBe(false);
    expect(quantileOf(new Histogram().summary(), 'p99')).toBeNull();
    expect(quantileOf(new Histogram().summary(), 'count')).toBe(0);
    expect(quantileOf(null, 'count')).toBeNull();
    const one = new Histogram();
    one.record(7);
    expect(quantileOf(one.summary(), 'p999')).toBe(7);
  });
});

describe('assertions on a command line', () => {
  it('are all that stands behind --assert up to the next option', () => {
    expect(
      takeAssertions([
        '--rate',
        '5',
        '--assert',
        'a<1',
        'b==0',
        '--check',
        '--assert=c>2',
        '--assert',
        'd<3',
      ]),
    ).toEqual({ rest: ['--rate', '5', '--check'], texts: ['a<1', 'b==0', 'c>2', 'd<3'] });
  });
});
