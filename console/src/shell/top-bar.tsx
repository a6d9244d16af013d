import { useSyncExternalStore } from 'react';
import { Link } from 'wouter';
import { accountWords } from '../account/account-words.js';
import { useCameras } from '../api/queries.js';
import type { SocketState } from '../api/socket.js';
import { useMay } from '../session/abilities.js';
import { useSession } from '../session/session.js';
import { useStreams } from '../session/streams.js';
import { timeOfDay, weekdayAndDate } from '../text/format.js';
import { setLanguage, useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { Logo } from './logo.js';
import { useNowMs } from './ticking.js';
import { SectionWays } from './ways.js';

/** Name, ways, state of the connections, clock, language, who is signed in. */
export function TopBar({ onKeys }: { onKeys: () => void }) {
  const { text, language } = useText();
  const { session } = useSession();
  const handlesAlerts = useMay()('alerts:read');
  return (
    <header className="top-bar">
      <Link href="/" className="brand">
        <Logo size={22} />
        <span className="brand-name">{text.product}</span>
      </Link>
      {session.demo && (
        <span className="demo" title={text.demoExplained} data-testid="demo-badge">
          {text.demo}
        </span>
      )}
      <SectionWays />
      {handlesAlerts && <Connections />}
      <Clock />
      <button
        type="button"
        className="button button-small"
        data-testid="language"
        lang={language === 'vi' ? 'en' : 'vi'}
        onClick={() => setLanguage(language === 'vi' ? 'en' : 'vi')}
      >
        {text.otherLanguage}
      </button>
      <button type="button" className="button button-small" onClick={onKeys} aria-label={text.keys}>
        <kbd>?</kbd>
      </button>
      <UserMenu />
    </header>
  );
}

function Clock() {
  const { language } = useText();
  const nowMs = useNowMs();
  return (
    <span className="clock">
      <span>{weekdayAndDate(nowMs, language)}</span>
      <time>{timeOfDay(nowMs, language)}</time>
    </span>
  );
}

function UserMenu() {
  const { text } = useText();
  const words = useWords(accountWords);
  const { session, signOut } = useSession();
  const { displayName, role } = session.user;
  return (
    <details className="user-menu">
      <summary data-testid="user-menu">{displayName}</summary>
      <div>
        <span className="hint">{text.roles[role] ?? role}</span>
        <Link href="/account" className="button" data-testid="own-account">
          {words.openAccount}
        </Link>
        <button type="button" className="button" data-testid="sign-out" onClick={signOut}>
          {text.signOut}
        </button>
      </div>
    </details>
  );
}

const SIGNS: Record<SocketState, string> = { open: '●', connecting: '◐', lost: '✕' };

/** The connections this page lives on, each as sign and word, so that silence is never taken for peace. */
function Connections() {
  const { text } = useText();
  const { alerts, overlay } = useStreams();
  const watchesVideo = useMay()('video:watch');
  const { cameras } = useCameras();
  const alertState = useSyncExternalStore(alerts.subscribe, () => alerts.connection()).state;
  const trackState = useSyncExternalStore(overlay.subscribe, () => overlay.socketState);
  const online = useSyncExternalStore(
    overlay.subscribe,
    () => cameras.filter(({ camera, status }) => (overlay.stateOf(camera.id) ?? status)?.state === 'online').length,
  );
  const words: Record<SocketState, string> = { open: text.connected, connecting: text.connecting, lost: text.connectionLost };
  const streams = [
    { id: 'alerts', name: text.streamAlerts, state: alertState },
    ...(watchesVideo ? [{ id: 'tracks', name: text.streamTracks, state: trackState }] : []),
  ];
  return (
    <ul className="connections">
      {streams.map(({ id, name, state }) => (
        <li
          key={id}
          className={`connection-${state}`}
          data-testid={`connection-${id}`}
          data-state={state}
          title={`${name}: ${words[state]}`}
        >
          <span aria-hidden="true">{SIGNS[state]}</span> <span className="connection-name">{name}</span>
          <span className="visually-hidden">{words[state]}</span>
        </li>
      ))}
      <li className={online === cameras.length ? 'connection-open' : 'connection-lost'} data-testid="cameras-online">
        <span aria-hidden="true">{online === cameras.length ? '●' : '⚠'}</span>{' '}
        <span className="connection-name">{text.streamPictures}</span> {online}/{cameras.length}
      </li>
    </ul>
  );
}
