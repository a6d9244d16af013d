import type { CameraConfig } from '@safecity/contracts';

/** One difference: where, and what stood there before and stands there after. A side that is absent held nothing. */
export interface ConfigDifference {
  /** Members joined by `/`; entries of a list by their id (`zones/box/polygon`), so that one more does not move the others. */
  path: string;
  before?: unknown;
  after?: unknown;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

const sameValue = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b);

/** Members in one order: PostgreSQL keeps its own. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    isRecord(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  );
}

/** The entries of a list by their id; null for what is no list of things with ids. */
function byId(value: unknown): Record<string, unknown> | null {
  if (!Array.isArray(value) || !value.every((part) => isRecord(part) && typeof part['id'] === 'string')) return null;
  return Object.fromEntries(value.map((part: Record<string, unknown>) => [part['id'] as string, part]));
}

function differencesAt(path: string, before: unknown, after: unknown): ConfigDifference[] {
  if (sameValue(before, after)) return [];
  const [left, right] = isRecord(before) && isRecord(after) ? [before, after] : [byId(before), byId(after)];
  if (!left || !right) {
    return [{ path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }];
  }
  const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])].sort();
  const inside = keys.flatMap((key) => differencesAt(path === '' ? key : `${path}/${key}`, left[key], right[key]));
  // The same entries in another order.
  return inside.length > 0 ? inside : [{ path, before, after }];
}

/** Everything that differs between two configurations but the revision, in order of path. */
export function configDifferences(before: CameraConfig, after: CameraConfig): ConfigDifference[] {
  const [{ revision: _before, ...left }, { revision: _after, ...right }] = [before, after];
  return differencesAt('', left, right);
}
