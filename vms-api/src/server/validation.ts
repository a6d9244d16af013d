import { problemsOf } from '@safecity/contracts';
import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { failure } from './failure.js';

const PARTS: Record<string, string> = { body: 'body', querystring: 'query', params: 'path', headers: 'headers' };

/** Validates with the same compiler and the same words as the rest of Safecity; text of queries and paths is converted. */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  return (value: unknown) => {
    const converted = httpPart === 'body' ? value : Value.Convert(schema, value);
    const problems = problemsOf(schema, converted);
    if (problems.length === 0) return { value: converted };
    const list = problems.map((problem) => (problem.path ? `${problem.path}: ${problem.message}` : problem.message));
    return { error: failure('API_INVALID', 400, `${PARTS[httpPart ?? ''] ?? 'request'} is not valid: ${list.join('; ')}`) };
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
