import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { Redirect, Route, Switch } from 'wouter';
import { AlertDeskProvider } from './alerts/alert-desk.js';
import { AlertPage } from './alerts/alert-page.js';
import { ApiError } from './api/client.js';
import { AddCameraPage, EditCameraPage } from './camera/camera-form.js';
import { CameraPage } from './camera/camera-page.js';
import { ReviewPage } from './review/review-page.js';
import { ReviewShell } from './review/review-shell.js';
import { useAbilities } from './session/abilities.js';
import { SessionGate } from './session/session.js';
import { StreamsProvider } from './session/streams.js';
import { Shell } from './shell/shell.js';
import { useText } from './text/language.js';
import { WallPage } from './wall/wall-page.js';

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

/** The console: sign in, then review for traffic police; wall, alerts and cameras for everybody else. */
export function App() {
  return (
    <QueryClientProvider client={queries}>
      <SessionGate>
        <Pages />
      </SessionGate>
    </QueryClientProvider>
  );
}

function Pages() {
  const { reviews } = useAbilities();
  return reviews ? <ReviewPages /> : <OperationPages />;
}

function ReviewPages() {
  return (
    <ReviewShell>
      <Switch>
        <Route path="/review">
          <ReviewPage />
        </Route>
        <Route>
          <Redirect to="/review" replace />
        </Route>
      </Switch>
    </ReviewShell>
  );
}

function OperationPages() {
  return (
    <StreamsProvider>
      <AlertDeskProvider>
        <Shell>
          <Switch>
            <Route path="/">
              <WallPage />
            </Route>
            <Route path="/alerts/:id">{({ id }) => <AlertPage id={id} />}</Route>
            <Route path="/cameras/:id">{({ id }) => <CameraPage id={id} />}</Route>
            <Route path="/cameras/:id/edit">{({ id }) => <EditCameraPage id={id} />}</Route>
            <Route path="/add-camera">
              <AddCameraPage />
            </Route>
            <Route>
              <NotFound />
            </Route>
          </Switch>
        </Shell>
      </AlertDeskProvider>
    </StreamsProvider>
  );
}

function NotFound() {
  const { text } = useText();
  return <p className="page-note">{text.notFound}</p>;
}
