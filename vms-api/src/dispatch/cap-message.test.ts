import { validateCap } from '@safecity/contracts/cap';
import { describe, expect, it } from 'vitest';
import { anAlert } from '../testing/builders.js';
import { type CapSource, capIdentifier, capMessage } from './cap-message.js';
import { capTime } from './cap-time.js';
import { renderCap } from './cap-xml.js';
import { webhookMessage } from './webhook.js';

function aSource(changes: Partial<CapSource> = {}): CapSource {
  const message = anAlert({ alertId: '11111111-2222-4333-8444-555555555555' });
  return {
    destination: { id: 'eoc', mode: 'exercise', expiresAfterMs: 3_600_000 },
    site: { sender: 'safecity.example.vn', senderName: { vi: 'Trung tâm', en: 'Centre' }, zoneOffsetMinutes: 420, restriction: 'EOC only' },
    publicUrl: 'https://safecity.example.vn',
    alertId: message.alertId,
    sequence: 1,
    messageType: 'Alert',
    cause: 'opened',
    snapshot: { message, cameraName: 'Cổng 1', place: null, location: null, verifiedBy: null, reasonCode: null },
    pictures: [],
    references: [],
    nowMs: 1_795_000_005_000,
    ...changes,
  };
}

const picture = { moment: 'raised', file: 'raised-1.jpg', captured_at_ms: 0, size_bytes: 10, sha256: 'original', sha1: '1'.repeat(40) };

it.each([
  ['nothing that is not known of a masked copy still to be made', null, {}],
  [
    'size and digest of the masked copy',
    { sizeBytes: 7, sha1: '2'.repeat(40), sha256: 'masked' },
    { sizeBytes: 7, digest: '2'.repeat(40) },
  ],
])('says of a picture %s', (_name, masked, expected) => {
  const source = aSource({ pictures: [{ ...picture, masked } as never] });
  const cap = capMessage(source);
  const hashes = { sha256: masked?.sha256 ?? null, originalSha256: 'original' };
  expect(webhookMessage(source, cap).data.pictures).toMatchObject([hashes]);
  const [resource] = cap.infos[0]?.resources ?? [];
  expect(resource).toEqual({
    resourceDesc: 'Ảnh raised 1970-01-01T07:00:00+07:00',
    mimeType: 'image/jpeg',
    uri: expect.stringMatching(/evidence\/raised-1\.jpg$/),
    ...expected,
  });
});

describe('capTime', () => {
  it.each([
    [0, 420, '1970-01-01T07:00:00+07:00'],
    [1_795_000_005_999, 420, '2026-11-18T18:06:45+07:00'],
    [1_795_000_005_000, 0, '2026-11-18T11:06:45+00:00'],
    [1_795_000_005_000, -210, '2026-11-18T07:36:45-03:30'],
  ])('writes %i at offset %i as %s', (epochMs, offset, expected) => {
    expect(capTime(epochMs, offset)).toBe(expected);
  });
});

describe('capMessage and renderCap', () => {
  it('give the same bytes for the same source, and another identifier per destination and sequence', () => {
    expect(renderCap(capMessage(aSource()))).toBe(renderCap(capMessage(aSource())));
    const ids = [capIdentifier('eoc', 'a', 1), capIdentifier('eoc', 'a', 2), capIdentifier('other', 'a', 1), capIdentifier('eoc', 'b', 1)];
    expect(new Set(ids).size).toBe(4);
    expect(ids[0]).toMatch(/^urn:uuid:[0-9a-f-]{36}$/);
  });

  it('survive hostile text and come back as they went in', () => {
    const nasty = 'A & B <script> "q" \u0007\u0000 \ud800 ]]> Đường số 3';
    const source = aSource();
    const { snapshot } = source;
    const message = { ...snapshot.message, reason: { ...snapshot.message.reason, text: { vi: nasty, en: nasty } } };
    const result = validateCap(renderCap(capMessage({ ...source, snapshot: { ...snapshot, message, cameraName: nasty, place: nasty } })));
    const clean = 'A & B <script> "q"   ]]> Đường số 3';
    expect(result).toMatchObject({
      ok: true,
      alert: { infos: [{ areas: [{ areaDesc: clean }], headline: `Đám đông vượt ngưỡng – ${clean}` }, {}] },
    });
  });

  it.each([
    [0.51, 'Likely'],
    [0.5, 'Possible'],
    [0, 'Possible'],
  ])('calls a score of %d %s', (confidence, certainty) => {
    const source = aSource();
    const snapshot = { ...source.snapshot, message: { ...source.snapshot.message, confidence } };
    expect(capMessage({ ...source, snapshot }).infos[0]?.certainty).toBe(certainty);
  });

  it.each([
    ['critical', 'Extreme', 'Immediate'],
    ['high', 'Severe', 'Immediate'],
    ['medium', 'Moderate', 'Expected'],
    ['low', 'Minor', 'Expected'],
  ] as const)('maps severity %s to %s', (severity, capSeverity, urgency) => {
    const source = aSource();
    const snapshot = { ...source.snapshot, message: { ...source.snapshot.message, severity } };
    expect(capMessage({ ...source, snapshot }).infos[0]).toMatchObject({ severity: capSeverity, urgency });
  });

  it('gives what a 112 message must hold: reporter, time, place, what, request', () => {
    const [info] = capMessage(aSource()).infos;
    expect(info).toMatchObject({ senderName: 'Trung tâm', onset: '2026-11-18T18:06:40+07:00', areas: [{ areaDesc: 'Cổng 1' }] });
    expect(info?.description).toBe('Camera Cổng 1 (cam-a): 7 người ≥ 5 người');
    expect(info?.instruction).toContain('Đề nghị');
    expect(info?.parameters).toContainEqual({ valueName: 'count', value: '7 >= 5' });
  });
});
