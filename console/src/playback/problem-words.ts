import { ApiError } from '../api/client.js';
import { useWords } from '../text/words.js';
import { words } from './words.js';

/** Why something was refused, in the operator's language; what has no words of its own in the server's. */
export function useProblemWords(): (problem: unknown) => string {
  const { problems } = useWords(words);
  return (problem) => {
    if (!(problem instanceof ApiError)) return problems['CONSOLE_UNREACHABLE'] ?? '';
    return problems[problem.code] ?? `${problem.message} (${problem.code})`;
  };
}
