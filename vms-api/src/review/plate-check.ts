import { type Finding, type ObjectClass, VehiclePlate } from '@safecity/contracts';
import { type Static, Type } from 'typebox';
import { invalidRequest } from '../server/failure.js';

const { text, confidence, format, colour, repaired } = VehiclePlate.properties;
/** A plate as the reader gave it. What a message does not say of it counts against it. */
export const PlateRead = Type.Object({ text, confidence, format, colour, repaired });
export type PlateRead = Static<typeof PlateRead>;

/** Confidence below which a plate must be typed (exclusive). */
export const SURE_PLATE = 0.9;

export const RETYPE_REASONS = ['unread', 'unsure', 'repaired', 'ambiguous'] as const;
export type RetypeReason = (typeof RETYPE_REASONS)[number];

/** `DD L DDDDD`: a car's plate, or that of an old motorcycle with four digits. */
const EITHER = /^\d{2}[A-Z][1-9]\d{4}$/;
const OF_CARS: readonly ObjectClass[] = ['car', 'bus', 'truck', 'train'];

/** The plate of the vehicle that the finding is about; null when none was looked for. */
export function plateReadOf(finding: Finding): PlateRead | null {
  const { plate } = finding;
  if (!plate) return null;
  const { text, confidence, format, colour, repaired } = plate;
  return { text, confidence, format, colour, ...(repaired === undefined ? {} : { repaired }) };
}

function isAmbiguous(read: PlateRead, text: string, vehicle: ObjectClass | undefined): boolean {
  if (read.format === null) return true;
  if (!EITHER.test(text)) return false;
  return (read.format === 'car') !== (vehicle !== undefined && OF_CARS.includes(vehicle));
}

/** Why a reviewer must type the plate, and may not just agree; empty when the reading may stand. */
export function retypeReasons(read: PlateRead | null, vehicle: ObjectClass | undefined): RetypeReason[] {
  const text = read?.text ?? null;
  if (read === null || text === null) return ['unread'];
  return [
    ...(read.confidence < SURE_PLATE ? (['unsure'] as const) : []),
    ...(read.repaired === 0 ? [] : (['repaired'] as const)),
    ...(isAmbiguous(read, text, vehicle) ? (['ambiguous'] as const) : []),
  ];
}

/**
 * The plate as it is stored, from what somebody typed: capitals and digits, Đ as D.
 * @throws SafecityError `API_INVALID` (400)
 */
export function typedPlate(typed: string): string {
  const text = typed
    .normalize('NFC')
    .toUpperCase()
    .replaceAll('Đ', 'D')
    .replaceAll(/[\s.\-_]/g, '');
  if (/^(?=.*\d)[0-9A-Z]{4,12}$/.test(text)) return text;
  throw invalidRequest({ path: 'plate', code: 'plate-form', message: '4 to 12 letters and digits, at least one digit' });
}
