import { type Static, Type } from 'typebox';
import { strict } from './rules/common.js';
import { type Problem, worded } from './validate.js';

/** Offset of the days on a certificate from UTC, ms: they are days of Việt Nam (UTC+7, which knows no summer time). */
const ZONE_MS = 7 * 3_600_000;
const DAY_MS = 86_400_000;
/** How long before its end a certificate is warned of, days (inclusive). */
export const CERTIFICATE_WARNING_DAYS = 30;

const Day = (description: string) => Type.String({ format: 'date', description });

/**
 * The paper that says that a camera's measuring was inspected. Its days are days of Việt Nam (UTC+7): it is valid from the
 * beginning of `issuedOn` to the end of `validUntil`, both inclusive.
 */
export const CalibrationCertificate = Type.Object(
  {
    number: Type.String({ minLength: 1, maxLength: 80, description: 'As on the certificate' }),
    issuer: Type.String({ minLength: 1, maxLength: 200, description: 'Body that issued it' }),
    issuedOn: Day('First day on which it is valid, in Việt Nam (UTC+7)'),
    validUntil: Day('Last day on which it is valid (inclusive), in Việt Nam (UTC+7)'),
    fileSha256: Type.Optional(
      Type.String({
        pattern: worded('^[0-9a-f]{64}$', 'sha256', 'must be 64 hexadecimal digits'),
        description: 'SHA-256 of the scanned certificate, hexadecimal',
      }),
    ),
  },
  strict,
);
export type CalibrationCertificate = Static<typeof CalibrationCertificate>;

/** What a certificate is worth at a moment. `expiring`: valid, and over within 30 days. */
export const CERTIFICATE_STATES = ['absent', 'not-yet', 'valid', 'expiring', 'expired'] as const;
export type CertificateState = (typeof CERTIFICATE_STATES)[number];

/** First moment of a day of Việt Nam, epoch ms. */
function dayStartMs(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) - ZONE_MS;
}

/** The first moment at which a certificate is no longer valid, epoch ms. */
export function certificateEndMs({ validUntil }: CalibrationCertificate): number {
  return dayStartMs(validUntil) + DAY_MS;
}

/** @param atMs the moment that is asked about: capture time for evidence, now for a warning */
export function certificateState(certificate: CalibrationCertificate | undefined, atMs: number): CertificateState {
  if (!certificate) return 'absent';
  if (atMs < dayStartMs(certificate.issuedOn)) return 'not-yet';
  const leftMs = certificateEndMs(certificate) - atMs;
  if (leftMs <= 0) return 'expired';
  return leftMs <= CERTIFICATE_WARNING_DAYS * DAY_MS ? 'expiring' : 'valid';
}

/** What a schema cannot see: an end before the beginning. */
export function certificateProblems(certificate: CalibrationCertificate, path: string): Problem[] {
  const { issuedOn, validUntil } = certificate;
  if (issuedOn <= validUntil) return [];
  return [
    {
      path: `${path}/validUntil`,
      code: 'not-below',
      params: { other: 'issuedOn' },
      message: `${validUntil} is before issuedOn ${issuedOn}: correct one of the two days`,
    },
  ];
}
