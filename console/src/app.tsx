import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Redirect, Route, Switch } from 'wouter';
import { AlertDeskProvider } from './alerts/alert-desk.js';
import { ApiError } from './api/client.js';
import { DeskActionsProvider } from './desk/desk-actions.js';
import { useMay } from './session/abilities.js';
import { SessionGate } from './session/session.js';
import { StreamsProvider } from './session/streams.js';
import { Shell } from './shell/shell.js';
import { usePages } from './shell/ways.js';
import { useText } from './text/language.js';

const RETRIES = 3;

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // What the server has refused it refuses again; only silence is worth another try.
      retry: (failures, error) => failures < RETRIES && (!(error instanceof ApiError) || error.status === 0 || error.status >= 500),
    },
  },
});

/** The console: sign in, then the pages that whoever signed in may open. */
export function App() {
  return (
    <QueryClientProvider client={queries}>
      <SessionGate>
        <LiveConnections>
          <Shell>
            <Pages />
          </Shell>
        </LiveConnections>
      </SessionGate>
    </QueryClientProvider>
  );
}

/** Traffic police have no alerts to handle and open no stream of them. */
function LiveConnections({ children }: { children: ReactNode }) {
  if (!useMay()('alerts:read')) return children;
  return (
    <StreamsProvider>
      <AlertDeskProvider>
        <DeskActionsProvider>{children}</DeskActionsProvider>
      </AlertDeskProvider>
    </StreamsProvider>
  );
}

function Pages() {
  const { text } = useText();
  const pages = usePages();
  const home = pages.find(({ tab }) => tab)?.path;
  return (
    <Switch>
      {pages.map(({ path, show }) => (
        <Route key={path} path={path}>
          {(parts) => show(parts as Record<string, string>)}
        </Route>
      ))}
      {home !== undefined && home !== '/' && (
        <Route path="/">
          <Redirect to={home} replace />
        </Route>
      )}
      <Route>
        <p className="page-note">{text.notFound}</p>
      </Route>
    </Switch>
  );
}
