import { ApiError, type Problem } from '../api/client.js';
import type { Language } from '../text/language.js';
import { CAMERA_WORDS } from './camera-words.js';
import { labelOf } from './field-labels.js';
import { type Params, PROBLEM_WORDS, SCHEMA_WORDS } from './field-words.js';
import { REFUSAL_WORDS } from './refusal-words.js';

/** What a server's refusal says: at the fields of a form, and in general. */
export interface Refusal {
  code: string;
  fields: Record<string, string>;
  general: string | null;
}

/** Names the field that shows a key of the request; null: none does. */
export type Place = (path: string) => string | null;

/** Refusals that no server worded. */
const ENGLISH: Record<string, string> = {
  CONSOLE_UNREACHABLE: 'The server cannot be reached. Check the network, then try again.',
  CONSOLE_DECODER_FAILED: 'This browser cannot decode the recording.',
};

/** Fields of a form that are called as the keys are, or as what these lie in. */
export const fieldIn =
  (names: readonly string[]): Place =>
  (path) => {
    for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) if (names.includes(at)) return at;
    return null;
  };

const say = (words: string | ((params: Params) => string) | undefined, params: Params) =>
  typeof words === 'function' ? words(params) : words;

/** The Vietnamese words of a code; nothing for one that is not known. */
export function vietnamese(code: string, params: Params = {}): string | undefined {
  const known = SCHEMA_WORDS[code] ?? PROBLEM_WORDS[code] ?? CAMERA_WORDS[code] ?? REFUSAL_WORDS[code];
  return say(known, params) ?? (code.startsWith('HTTP_') ? `Máy chủ trả lời lỗi ${code.slice(5)}: thử lại sau.` : undefined);
}

/** What is wrong, in the language of the workstation. A code without words is told in the server's. */
export function problemInWords({ code, params = {}, message }: Pick<Problem, 'code' | 'params' | 'message'>, language: Language): string {
  return (language === 'vi' ? vietnamese(code, params) : ENGLISH[code]) ?? (message || code);
}

/** A key that is missing is told where it should be. */
function atTheirKeys(problems: readonly Problem[]): Problem[] {
  return problems.flatMap((problem) => {
    const names = problem.code === 'required' ? problem.params?.['names'] : undefined;
    if (!Array.isArray(names)) return [problem];
    return names.map((name: string) => ({ ...problem, path: problem.path === '' ? name : `${problem.path}/${name}` }));
  });
}

/** A value that may also be empty breaks `type` beside the rule that matters. */
const told = (problems: readonly Problem[]) =>
  problems.filter(({ code, path }) => code !== 'type' || !problems.some((other) => other.path === path && other.code !== 'type'));

/** Beside a field words stand alone; behind the name of one they go on. */
const asSentence = (words: string) => words.charAt(0).toUpperCase() + words.slice(1);

/** Sorts what the server refused to the fields of a form, or to general words. `silent`: what it means here that none answered. */
export function refusalOf(error: unknown, language: Language, place: Place = () => null, silent?: string): Refusal {
  if (error === null || error === undefined) return { code: '', fields: {}, general: null };
  const refused = error instanceof ApiError ? error : new ApiError('CONSOLE_UNREACHABLE', '', 0);
  if (refused.code === 'CONSOLE_UNREACHABLE' && silent !== undefined) return { code: refused.code, fields: {}, general: silent };
  const fields: Record<string, string> = {};
  const general: string[] = [];
  for (const problem of told(atTheirKeys(refused.problems))) {
    const words = problemInWords(problem, language);
    const field = place(problem.path.replace(/^camera\//, '')) ?? place(problem.path);
    if (field !== null) fields[field] ??= asSentence(words);
    else if (problem.path === '') general.push(words);
    else general.push(`${language === 'vi' ? labelOf(problem.path) : problem.path}: ${words}`);
  }
  if (general.length === 0 && Object.keys(fields).length === 0)
    general.push(problemInWords({ code: refused.code, message: refused.message }, language));
  return { code: refused.code, fields, general: general.length > 0 ? [...new Set(general)].join('\n') : null };
}
