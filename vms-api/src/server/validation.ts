import { listed, type Problem, problemsOf } from '@safecity/contracts';
import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { refusal } from './failure.js';

const PARTS: Record<string, string> = { body: 'body', querystring: 'query', params: 'path', headers: 'headers' };

const invalid = (part: string, problems: Problem[]) => refusal('API_INVALID', 400, problems, `${part} is not valid: ${listed(problems)}`);

/** Half of a surrogate pair; like NUL it is in no text that PostgreSQL keeps. */
const HALF = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** True when a text or a name in it, however deep, cannot be stored. A loop, because what people send may be very deep. */
function isUnstorable(value: unknown): boolean {
  const open: unknown[] = [value];
  while (open.length > 0) {
    const part = open.pop();
    if (typeof part === 'string' && (part.includes('\0') || HALF.test(part))) return true;
    // Not spread: an array may have more elements than a call may have arguments.
    if (Array.isArray(part)) for (const item of part) open.push(item);
    else if (typeof part === 'object' && part !== null) for (const [name, item] of Object.entries(part)) open.push(name, item);
  }
  return false;
}

/** Validates with the same compiler and the same words as the rest of Safecity; text of queries and paths is converted. */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  return (value: unknown) => {
    const converted = httpPart === 'body' ? value : Value.Convert(schema, value);
    const problems = problemsOf(schema, converted);
    const part = PARTS[httpPart ?? ''] ?? 'request';
    if (isUnstorable(converted))
      return { error: invalid(part, [{ path: '', code: 'text-characters', message: 'a text holds NUL or half of a surrogate pair' }]) };
    return problems.length === 0 ? { value: converted } : { error: invalid(part, problems) };
  };
};

/** Answers are shaped by hand, field by field, so they are written as they are. */
export const plainSerializer = () => (answer: unknown) => JSON.stringify(answer);

/** The serializer of tests: an answer that breaks its own documented schema fails the request. */
export const checkingSerializer = ({ schema }: { schema: TSchema }) => {
  return (answer: unknown): string => {
    const text = JSON.stringify(answer);
    const problems = problemsOf(schema, JSON.parse(text));
    if (problems.length > 0) throw new Error(`answer breaks its schema: ${problems.map((p) => `${p.path}: ${p.message}`).join('; ')}`);
    return text;
  };
};
