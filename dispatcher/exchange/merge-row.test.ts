import { describe, expect, it } from 'vitest';
import { caregiverBody, residentBody } from '../../schemas/registry.ts';
import { Refused } from '../registry/refused.ts';
import { bodyOfRow, changesOfRow } from './merge-row.ts';

const cell = (path: string, value?: unknown) => ({ path, value });
const resident = {
  id: 'r1',
  homeId: 'h1',
  name: '王一',
  phone: '1',
  contacts: [
    { name: '甲', phone: '2' },
    { name: '乙', relation: null, keyHolder: true },
  ],
  conditions: [],
  wishes: { gender: 'female', note: '轻声' },
};

describe('a row laid over what is there', () => {
  it('changes what differs, and nothing that is said again', () => {
    expect(changesOfRow(resident, [cell('id', 'r1'), cell('phone', '1')], residentBody)).toEqual({});
    expect(changesOfRow(resident, [cell('conditions'), cell('gender')], residentBody)).toEqual({});
    expect(changesOfRow(resident, [cell('name', '王二')], residentBody)).toEqual({ name: '王二' });
  });
  it('takes away what is empty under a column of the file', () => {
    expect(changesOfRow(resident, [cell('phone'), cell('wishes.note')], residentBody)).toEqual({
      phone: null,
      wishes: { gender: 'female' },
    });
    const gone = [cell('contacts.0.name'), cell('contacts.0.phone')];
    expect(changesOfRow(resident, gone, residentBody)).toEqual({
      contacts: [{ name: '乙', keyHolder: true }],
    });
  });
  it('is held to the schema as a whole', () => {
    expect(() => changesOfRow(resident, [cell('name'), cell('careLevel', 7)], residentBody)).toThrow(Refused);
    try {
      bodyOfRow([cell('id', 'r2'), cell('name', 'x'), cell('careLevel', 7)], residentBody);
    } catch (error) {
      expect((error as Refused).problems.map((problem) => problem.field)).toEqual(['homeId', 'careLevel']);
    }
  });
  it('tells a place as a whole, for its age to be right', () => {
    const person = { id: 'c', name: '钱', role: 'nurse', lat: 22.5, lon: 114 };
    expect(changesOfRow(person, [cell('lat', 22.5), cell('lon', 114.1)], caregiverBody)).toEqual({
      lat: 22.5,
      lon: 114.1,
    });
  });
});
