import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { SafecityError } from './errors.js';

/** One thing wrong with a value: where (`rules/0/zoneId`), and what with its mend. */
export interface Problem {
  path: string;
  message: string;
}

const compiled = new WeakMap<TSchema, { Check(value: unknown): boolean; Errors(value: unknown): SchemaError[] }>();

interface SchemaError {
  instancePath: string;
  keyword: string;
  params: Record<string, unknown>;
  message: string;
}

function validatorOf(schema: TSchema) {
  let validator = compiled.get(schema);
  if (!validator) {
    validator = Compile(schema) as unknown as NonNullable<typeof validator>;
    compiled.set(schema, validator);
  }
  return validator;
}

function valueAt(value: unknown, path: string): unknown {
  let current = value;
  for (const key of path.split('/').filter(Boolean)) {
    if (current === null || typeof current !== 'object') return undefined;
    current = (current as Record<string, unknown>)[key];
  }
  return current;
}

/** Received values are shown to help the reader, but a URL may carry a password, so user info is blanked. */
function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  const safe = text.replace(/(\w+:\/\/)[^\s"]*@/g, '$1***@');
  return safe.length > 80 ? `${safe.slice(0, 77)}...` : safe;
}

/** pattern → what it wants, in words. */
const PATTERNS_IN_WORDS = new Map<string, string>();

/** Gives the words that stand in messages for a pattern, and the pattern itself. */
export function worded(pattern: string, words: string): string {
  PATTERNS_IN_WORDS.set(pattern, words);
  return pattern;
}

function patternInWords(error: SchemaError): string | undefined {
  return PATTERNS_IN_WORDS.get(String(error.params['pattern']));
}

function describe(error: SchemaError, value: unknown): Problem {
  const path = error.instancePath.replace(/^\//, '');
  if (error.keyword === 'additionalProperties') {
    return {
      path,
      message: `unknown key ${(error.params['additionalProperties'] as string[]).join(', ')}: remove it or correct its spelling`,
    };
  }
  if (error.keyword === 'required') {
    return { path, message: `missing ${(error.params['requiredProperties'] as string[]).join(', ')}` };
  }
  if (error.keyword === 'enum') {
    return {
      path,
      message: `must be one of ${[...new Set(error.params['allowedValues'] as string[])].join(', ')}; got ${shown(valueAt(value, path))}`,
    };
  }
  if (error.keyword === 'format' && error.params['format'] === 'date') {
    return { path, message: `must be a day of the calendar such as 2026-03-31; got ${shown(valueAt(value, path))}` };
  }
  const rule = error.keyword === 'pattern' ? (patternInWords(error) ?? error.message) : error.message;
  return { path, message: `${rule}; got ${shown(valueAt(value, path))}` };
}

/** Everything wrong with `value` against `schema`; empty when it is valid. */
export function problemsOf(schema: TSchema, value: unknown): Problem[] {
  const validator = validatorOf(schema);
  if (validator.Check(value)) return [];
  const problems = validator
    .Errors(value)
    .filter((error) => error.keyword !== 'boolean' && error.keyword !== 'anyOf')
    .map((error) => describe(error, value));
  return problems.length > 0 ? problems : [{ path: '', message: 'does not match any allowed form' }];
}

/** True when `value` matches `schema`; for the hot path, where a bad message is counted and dropped. */
export function matches<T extends TSchema>(schema: T, value: unknown): value is Static<T> {
  return validatorOf(schema).Check(value);
}

/**
 * Returns `value` typed when it matches `schema`.
 * @param what names the thing in the message, for example `camera junction-1`
 * @throws SafecityError `CONTRACTS_INVALID` (HTTP 400) that lists every problem
 */
export function parseWith<T extends TSchema>(schema: T, value: unknown, what: string): Static<T> {
  const problems = problemsOf(schema, value);
  if (problems.length > 0) throw invalid(what, problems);
  return value as Static<T>;
}

/** The error that `parseWith` throws, for callers with checks that a schema cannot express. */
export function invalid(what: string, problems: Problem[]): SafecityError {
  const list = problems.map((problem) => (problem.path ? `${problem.path}: ${problem.message}` : problem.message));
  return new SafecityError('CONTRACTS_INVALID', `${what} is not valid: ${list.join('; ')}`, { httpStatus: 400 });
}

/** True for what JSON calls an object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
