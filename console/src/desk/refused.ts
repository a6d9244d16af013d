import { ApiError } from '../api/client.js';

/** What the server found wrong with a form: at the field it names, or as a whole. */
export interface Refused {
  fields: Record<string, string>;
  general: string | null;
}

/** Sorts a refusal to the fields that it names. `unreachable` is said when there was no answer at all. */
export function refusedBy(error: unknown, fields: readonly string[], unreachable: string): Refused {
  if (error === null || error === undefined) return { fields: {}, general: null };
  if (!(error instanceof ApiError) || error.status === 0) return { fields: {}, general: unreachable };
  const found: Record<string, string> = {};
  const rest: string[] = [];
  for (const line of error.message.replace(/^body is not valid: /, '').split('; ')) {
    const named = /^\/?([A-Za-z]+)[^:\s]*: (.+)$/.exec(line);
    const field = named?.[1];
    if (field !== undefined && fields.includes(field)) found[field] = named?.[2] ?? line;
    else rest.push(line);
  }
  return { fields: found, general: rest.length > 0 ? rest.join('; ') : null };
}
