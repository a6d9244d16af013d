import { describe, expect, it } from 'vitest';
import { type CalibrationCertificate, certificateState } from './certificate.js';

const certificate: CalibrationCertificate = {
  number: 'KĐ-2026/118',
  issuer: 'Trung tâm Kiểm định 3',
  issuedOn: '2026-03-01',
  validUntil: '2027-02-28',
};

describe('a calibration certificate', () => {
  it.each([
    { name: 'the last moment before it, in Việt Nam', at: '2026-02-28T23:59:59.999+07:00', expected: 'not-yet' },
    { name: 'its first moment', at: '2026-03-01T00:00:00+07:00', expected: 'valid' },
    { name: 'more than 30 days before its end', at: '2027-01-29T23:59:59.999+07:00', expected: 'valid' },
    { name: '30 days before its end', at: '2027-01-30T00:00:00+07:00', expected: 'expiring' },
    { name: 'its last moment', at: '2027-02-28T23:59:59.999+07:00', expected: 'expiring' },
    { name: 'the first moment after it', at: '2027-03-01T00:00:00+07:00', expected: 'expired' },
  ])('$name: $expected', ({ at, expected }) => {
    expect(certificateState(certificate, Date.parse(at))).toBe(expected);
  });

  it('is absent where there is none', () => {
    expect(certificateState(undefined, 0)).toBe('absent');
  });
});
