import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { ApiError, answerOf, api, onSignedOut, setCsrfToken } from '../api/client.js';
import type { Session } from '../api/types.js';
import { useText } from '../text/language.js';
import { LoginPage } from './login-page.js';
import { MetaContext } from './meta.js';

const SessionContext = createContext<{ session: Session; signOut: () => void } | null>(null);

/** Who is signed in, and the way to sign out. */
export function useSession(): { session: Session; signOut: () => void } {
  const held = useContext(SessionContext);
  if (!held) throw new Error('useSession needs a SessionGate above it');
  return held;
}

async function fetchSession(): Promise<Session | null> {
  try {
    const session = await answerOf(api.GET('/api/v1/session'));
    setCsrfToken(session.csrfToken);
    return session;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null;
    throw error;
  }
}

/** Shows the login page until somebody has signed in, and again when the session ends. */
export function SessionGate({ children }: { children: ReactNode }) {
  const { text } = useText();
  const client = useQueryClient();
  const [ended, setEnded] = useState(false);
  const { data: session, error, refetch } = useQuery({ queryKey: ['session'], queryFn: fetchSession, staleTime: Number.POSITIVE_INFINITY });

  useEffect(
    () =>
      onSignedOut(() => {
        setEnded(true);
        client.setQueryData(['session'], null);
      }),
    [client],
  );

  function signedIn(fresh: Session): void {
    setCsrfToken(fresh.csrfToken);
    setEnded(false);
    client.setQueryData(['session'], fresh);
  }

  async function signOut(): Promise<void> {
    // The cookie may already be gone; the page forgets the session either way.
    const answer = await api.DELETE('/api/v1/session').catch(() => undefined);
    setCsrfToken('');
    client.setQueryData(['session'], null);
    // The next person must not see a flash of what this one saw.
    client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
    // Who came by the city's identity provider is signed out there too, or the next person would come in as this one.
    if (answer?.data) location.assign(answer.data.signOutUrl);
  }

  if (error) return <Notice message={text.unreachable} action={text.retry} onAction={() => void refetch()} />;
  if (session === undefined) return <Notice message={text.loading} />;
  if (session === null) return <LoginPage ended={ended} onSignedIn={signedIn} />;
  return (
    <SessionContext value={{ session, signOut: () => void signOut() }}>
      <MetaGate>{children}</MetaGate>
    </SessionContext>
  );
}

function MetaGate({ children }: { children: ReactNode }) {
  const { text } = useText();
  const { data, error, refetch } = useQuery({
    queryKey: ['meta'],
    queryFn: () => answerOf(api.GET('/api/v1/meta')),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (error) return <Notice message={text.unreachable} action={text.retry} onAction={() => void refetch()} />;
  if (!data) return <Notice message={text.loading} />;
  return <MetaContext value={data}>{children}</MetaContext>;
}

function Notice(props: { message: string; action?: string; onAction?: () => void }) {
  return (
    <main className="notice" role="status">
      <p>{props.message}</p>
      {props.action && (
        <button type="button" className="button" onClick={props.onAction}>
          {props.action}
        </button>
      )}
    </main>
  );
}
