import { Type } from 'typebox';
import { v5 } from 'uuid';
import { SafecityError } from './errors.js';
import { worded } from './validate.js';

/** Ids that become part of a NATS subject or a file name: letters, digits, `-` and `_`, 1 to 64. */
export const ID_PATTERN = '^[A-Za-z0-9_-]{1,64}$';

/** Schema of such an id. */
export const Id = Type.String({
  pattern: worded(ID_PATTERN, 'id-form', 'must be 1 to 64 letters, digits, hyphens or underscores'),
  description: 'Letters, digits, - and _, 1 to 64 characters',
});

const idExpression = new RegExp(ID_PATTERN);

/** @throws SafecityError `CONTRACTS_ID_INVALID` when `id` cannot be part of a NATS subject. */
export function checkId(id: string, what: string): string {
  if (idExpression.test(id)) return id;
  throw new SafecityError('CONTRACTS_ID_INVALID', `${what} "${id}" is not a valid id: use letters, digits, "-" and "_", at most 64`, {
    httpStatus: 400,
  });
}

const NAMESPACE = '5e3ad64c-7a0b-5c11-9d1e-3f6f0c2b8a11';

/**
 * A UUID (version 5, RFC 9562) that is the same whenever the same parts are given, so that a replay after a crash
 * names findings, alerts and reservations as the first run did.
 */
export function deriveId(kind: 'finding' | 'alert' | 'reservation' | 'cap' | 'recording-lock', ...parts: (string | number)[]): string {
  return v5([kind, ...parts].join('\u001f'), NAMESPACE);
}

/** Number of partitions of every per-camera subject; fixed, because a change would reorder cameras' messages. */
export const PARTITION_COUNT = 64;

/** Partition of a camera, 0..63: FNV-1a (Fowler, Noll, Vo) over the id. */
export function partitionOf(cameraId: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < cameraId.length; i++) {
    hash ^= cameraId.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return (hash >>> 0) % PARTITION_COUNT;
}
