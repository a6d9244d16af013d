import type { Readable } from 'node:stream';
import type { ProblemParams } from '@safecity/contracts';
import { type TSchema, Type } from 'typebox';

/** Gives a schema the name under which it stands in the OpenAPI document's components. */
export function named<T extends TSchema>(title: string, schema: T): T {
  return { ...schema, title };
}

export const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

/** One thing that is wrong, for words in other languages. */
export const ProblemAnswer = Type.Object({
  path: Type.String({ description: 'Key of the request, with strokes between names and indexes; empty: all of it' }),
  code: Type.String({ description: 'Keyword of the schema that is broken, a code of the operations guide, or the code of another error' }),
  params: Type.Optional(
    Type.Unsafe<ProblemParams>(
      Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Array(Type.String())]), {
        description: 'Numbers and names that belong to the code',
      }),
    ),
  ),
  message: Type.String({ description: 'The same in English, with the mend' }),
});

/** Every error answer. */
export const ErrorAnswer = named(
  'ErrorAnswer',
  Type.Object({
    code: Type.String({ description: 'Stable code, listed in the operations guide' }),
    message: Type.String({ description: 'What is wrong and how to mend it' }),
    problems: Type.Optional(Type.Array(ProblemAnswer, { description: 'Each thing that is wrong, where more than the code is known' })),
  }),
);

const descriptions = {
  400: 'The request is not valid',
  401: 'No valid session',
  403: 'The role does not allow it, or the CSRF token is missing',
  404: 'Does not exist, or belongs to another unit',
  409: 'The state has moved on',
  413: 'The body is too large',
  415: 'The body is not JSON',
  429: 'Too many attempts; see Retry-After',
  500: 'Something failed inside the service; its log has the cause',
  502: 'Ingest answered with an error',
  503: 'A part of the service is not available',
} as const;
export type ErrorStatus = keyof typeof descriptions;

/** Response schemas of the error statuses a route can answer. What every route can answer is stated once: `common-answers.ts`. */
export function errorAnswers<S extends ErrorStatus>(...statuses: S[]): Record<S, typeof ErrorAnswer> {
  const entries = statuses.map((status): [S, typeof ErrorAnswer] => [
    status,
    { ...ErrorAnswer, description: descriptions[status] } as typeof ErrorAnswer,
  ]);
  return Object.fromEntries(entries) as Record<S, typeof ErrorAnswer>;
}

/** A binary answer. */
export function binaryAnswer(mediaType: string, description: string) {
  return { description, content: { [mediaType]: { schema: Type.Unsafe<Buffer | Readable>({ type: 'string', format: 'binary' }) } } };
}

/** A moment, with its own description; within what a date can be. */
export const momentOf = (description: string) => Type.Number({ minimum: 0, maximum: 8_640_000_000_000_000, description });
export const EpochMs = momentOf('Epoch milliseconds');
/** Why something was taken away; kept in the audit log. */
export const ReasonText = Type.String({ minLength: 3, maxLength: 500, description: 'Why; kept in the audit log' });
export const AlertId = Type.String({ pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' });
