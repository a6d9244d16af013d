import { describe, expect, it } from 'vitest';
import { anAlert } from '../alerts/test-alert.js';
import { coordinatesOf, correctionBody, incidentBody, toldOf } from './incident-draft.js';

describe('coordinates', () => {
  it.each([
    ['10.7725, 106.698', { latitude: 10.7725, longitude: 106.698 }],
    ['-8.5;115', { latitude: -8.5, longitude: 115 }],
    ['10.7725 106.698', { latitude: 10.7725, longitude: 106.698 }],
    ['91, 0', null],
    ['0, 181', null],
    ['10.7', null],
    ['Chợ Bến Thành', null],
    ['', null],
  ])('"%s"', (text, expected) => expect(coordinatesOf(text)).toEqual(expected));
});

describe('the request', () => {
  const draft = {
    ...({
      type: 'medical',
      severity: 'high',
      place: ' Chợ ',
      coordinates: '',
      unitId: 'ward-a',
      description: ' Ngất ',
      drillId: '',
    } as const),
  };
  const of = { id: 'i', seenAtMs: 1 };

  it('of a call names unit and place', () => {
    expect(incidentBody({ ...draft, coordinates: '10, 106' }, { ...of, cameraId: null })).toEqual({
      ...{
        id: 'i',
        type: 'medical',
        severity: 'high',
        source: 'phone-call',
        unitId: 'ward-a',
        place: 'Chợ',
        description: 'Ngất',
        seenAtMs: 1,
      },
      location: { latitude: 10, longitude: 106 },
    });
  });

  it('of a camera leaves the unit to it, and names the drill', () => {
    expect(incidentBody({ ...draft, place: '', drillId: 'd' }, { ...of, cameraId: 'cam' })).toEqual({
      ...{ id: 'i', type: 'medical', severity: 'high', source: 'seen', cameraId: 'cam', description: 'Ngất', seenAtMs: 1, drillId: 'd' },
    });
  });
});

describe('the correction', () => {
  const byHand = { ...{ openedBy: 'an', source: 'seen' as const, moments: [], earlier: [] }, location: { latitude: 10.5, longitude: 106 } };
  const alert = { ...anAlert({ id: 'a' }), type: 'fire' as const, cameraId: 'cam', place: 'Chợ', byHand };
  const draft = { ...toldOf(alert), reason: ' Nhìn nhầm ' };

  it.each([
    ['says nothing of what stays', {}, {}],
    ['names what differs, trimmed', { severity: 'low' as const, place: ' Ga ' }, { severity: 'low', place: 'Ga' }],
    ['takes back what was emptied', { place: ' ', coordinates: '', cameraId: '' }, { place: null, location: null, cameraId: null }],
    ['moves it on the map', { coordinates: '10, 106.5' }, { location: { latitude: 10, longitude: 106.5 } }],
  ])('%s', (_name, typed, expected) => {
    expect(correctionBody({ ...draft, ...typed }, alert)).toEqual({ reason: 'Nhìn nhầm', ...expected });
  });
});
