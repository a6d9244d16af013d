import { useQuery } from '@tanstack/react-query';
import { answerOf, api } from '../api/client.js';
import type { SignInOptions } from '../api/types.js';

/** How people can sign in here; undefined until it is known. */
export function useSignInOptions(): SignInOptions | undefined {
  const { data } = useQuery({
    queryKey: ['session', 'options'],
    queryFn: () => answerOf(api.GET('/api/v1/session/options')),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return data;
}
