import { describe, expect, it } from 'vitest';
import { type CameraDraft, draftField, draftProblems, idFromName, splitAddress } from './camera-draft.js';

describe('idFromName', () => {
  it.each([
    { name: 'Ngã tư Đường số 5 – Nguyễn Văn Cừ', expected: 'nga-tu-duong-so-5-nguyen-van-cu' },
    { name: '  --Cổng Bắc!! ', expected: 'cong-bac' },
    { name: '北門', expected: '' },
    { name: 'x'.repeat(80), expected: 'x'.repeat(64) },
  ])('$name', ({ name, expected }) => expect(idFromName(name)).toBe(expected));
});

describe('splitAddress', () => {
  it.each([
    { address: 'rtsp://10.0.0.5/live', expected: { url: 'rtsp://10.0.0.5/live' } },
    { address: ' rtsp://admin:p%40ss@10.0.0.5:554/a ', expected: { url: 'rtsp://10.0.0.5:554/a', username: 'admin', password: 'p@ss' } },
    { address: 'rtsp://admin:a:b@host', expected: { url: 'rtsp://host', username: 'admin', password: 'a:b' } },
    { address: 'rtsp://admin:p@ss@host/x', expected: { url: 'rtsp://host/x', username: 'admin', password: 'p@ss' } },
    { address: 'rtsp://admin@host', expected: { url: 'rtsp://host', username: 'admin', password: '' } },
    { address: 'rtsp://admin:100%@host', expected: { url: 'rtsp://host', username: 'admin', password: '100%' } },
    { address: 'rtsp://host/path@2', expected: { url: 'rtsp://host/path@2' } },
  ])('$address', ({ address, expected }) => expect(splitAddress(address)).toEqual(expected));
});

describe('draftProblems', () => {
  const good: CameraDraft = {
    id: 'gate-1',
    name: 'Cổng 1',
    url: 'rtsp://10.0.0.5:554/live?x=1',
    transport: 'tcp',
    username: '',
    password: '',
    detectUrl: '',
    area: '',
    readsPlates: false,
    country: 'VN',
    recording: 'off',
    tiles: '',
    ...{ unitId: '', groups: '', address: '', latitude: '', longitude: '', direction: '' },
    ...{ certificateNumber: '', certificateIssuer: '', certificateIssuedOn: '', certificateValidUntil: '', certificateFile: '' },
    comment: '',
  };
  it.each([
    { name: 'nothing wrong', given: {}, expected: {} },
    { name: 'nothing typed', given: { id: '', name: ' ', url: '' }, expected: { id: 'missing', name: 'missing', url: 'missing' } },
    { name: 'an id with Vietnamese letters', given: { id: 'cổng' }, expected: { id: 'bad-id' } },
    { name: 'an http address', given: { url: 'http://10.0.0.5/' }, expected: { url: 'bad-url' } },
    { name: 'an address without host', given: { url: 'rtsp:///live' }, expected: { url: 'bad-url' } },
    { name: 'an address with a space', given: { url: 'rtsp://host/a b' }, expected: { url: 'bad-url' } },
    { name: 'rtsps', given: { url: 'rtsps://host' }, expected: {} },
    { name: 'a password alone', given: { password: 'x' }, expected: { username: 'user-without-password' } },
    { name: 'a sub-stream by http', given: { detectUrl: 'http://host' }, expected: { detectUrl: 'bad-url' } },
    { name: 'a sub-stream', given: { detectUrl: 'rtsp://host/sub' }, expected: {} },
    { name: 'an area with spaces', given: { area: 'ngã tư' }, expected: { area: 'bad-id' } },
    { name: 'a country in words', given: { readsPlates: true, country: 'Vietnam' }, expected: { country: 'bad-country' } },
    { name: 'plates of anywhere', given: { readsPlates: true, country: 'any' }, expected: {} },
    { name: 'a country that nobody asks for', given: { country: '' }, expected: {} },
    { name: 'half a place', given: { latitude: '10.9' }, expected: { longitude: 'missing' } },
    { name: 'an address without a place', given: { address: 'Chợ' }, expected: { latitude: 'missing' } },
    { name: 'a direction in words', given: { direction: 'north' }, expected: { direction: 'bad-number' } },
    { name: 'a place with decimal commas', given: { latitude: '10,9', longitude: '106,6' }, expected: {} },
    {
      name: 'a certificate by its number alone',
      given: { certificateNumber: 'KĐ-1' },
      expected: { certificateIssuer: 'missing', certificateIssuedOn: 'missing', certificateValidUntil: 'missing' },
    },
    { name: 'a user without password', given: { username: 'x' }, expected: {} },
  ])('$name', ({ given, expected }) => expect(draftProblems({ ...good, ...given })).toEqual(expected));
});

describe('draftField', () => {
  it.each([
    ['source/url', 'url'],
    ['groups/2', 'groups'],
    ['credentials', 'username'],
    ['zones/0/polygon', null],
  ])('%s is shown by %s', (path, field) => expect(draftField(path)).toBe(field));
});
