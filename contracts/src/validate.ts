import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { SafecityError } from './errors.js';
import type { Problem, ProblemCode, ProblemParams } from './problem.js';

export type { Problem } from './problem.js';

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

/** pattern → its code, and what it wants in words. */
const KNOWN_PATTERNS = new Map<string, { code: ProblemCode; words: string }>();

/** Gives the code of a pattern and the words that stand in messages for it, and returns the pattern itself. */
export function worded(pattern: string, code: ProblemCode, words: string): string {
  KNOWN_PATTERNS.set(pattern, { code, words });
  return pattern;
}

const named = (value: unknown): readonly string[] => [...new Set((value as unknown[]).map(String))];

function paramsOf({ keyword, params }: SchemaError): ProblemParams {
  if (keyword === 'additionalProperties') return { names: named(params['additionalProperties']) };
  if (keyword === 'required') return { names: named(params['requiredProperties']) };
  if (keyword === 'enum') return { values: named(params['allowedValues']) };
  if (keyword === 'const') return { values: [String(params['allowedValue'])] };
  const told = Object.entries(params).filter(([name, value]) => name !== 'comparison' && name !== 'pattern' && isTold(value));
  return Object.fromEntries(told) as ProblemParams;
}

const isTold = (value: unknown) => typeof value === 'string' || typeof value === 'number' || Array.isArray(value);

function messageOf(error: SchemaError, path: string, value: unknown): string {
  const { names = [], values = [] } = paramsOf(error) as { names?: string[]; values?: string[] };
  if (error.keyword === 'additionalProperties') return `unknown key ${names.join(', ')}: remove it or correct its spelling`;
  if (error.keyword === 'required') return `missing ${names.join(', ')}`;
  const got = `got ${shown(valueAt(value, path))}`;
  if (error.keyword === 'enum') return `must be one of ${values.join(', ')}; ${got}`;
  if (error.keyword === 'format' && error.params['format'] === 'date') return `must be a day of the calendar such as 2026-03-31; ${got}`;
  return `${patternOf(error)?.words ?? error.message}; ${got}`;
}

const patternOf = ({ keyword, params }: SchemaError) => (keyword === 'pattern' ? KNOWN_PATTERNS.get(String(params['pattern'])) : undefined);

function describe(error: SchemaError, value: unknown): Problem {
  const path = error.instancePath.replace(/^\//, '');
  const code = patternOf(error)?.code ?? (error.keyword as ProblemCode);
  return { path, code, params: paramsOf(error), message: messageOf(error, path, value) };
}

/** Everything wrong with `value` against `schema`; empty when it is valid. */
export function problemsOf(schema: TSchema, value: unknown): Problem[] {
  const validator = validatorOf(schema);
  if (validator.Check(value)) return [];
  const problems = validator
    .Errors(value)
    .filter((error) => error.keyword !== 'boolean' && error.keyword !== 'anyOf')
    .map((error) => describe(error, value));
  return problems.length > 0 ? problems : [{ path: '', code: 'anyOf', message: 'does not match any allowed form' }];
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
  return new SafecityError('CONTRACTS_INVALID', `${what} is not valid: ${listed(problems)}`, { httpStatus: 400, problems });
}

/** Problems as one line, each with its path. */
export function listed(problems: readonly Problem[]): string {
  return problems.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; ');
}

/** True for what JSON calls an object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
