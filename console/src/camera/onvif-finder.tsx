import { useState } from 'react';
import { ApiError, answerOf, api } from '../api/client.js';
import { problemInWords } from '../refusals/refusal.js';
import { Refused } from '../refusals/refused.js';
import { number } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import type { CameraDraft } from './camera-draft.js';
import { cameraWords } from './words.js';

type Device = Awaited<ReturnType<typeof search>>[number];
type Streams = Awaited<ReturnType<typeof askStreams>>;
type Profile = Extract<Streams, { ok: true }>['profiles'][number];
type Credentials = Pick<CameraDraft, 'username' | 'password'>;

const search = async () => (await answerOf(api.POST('/api/v1/onvif/search'))).devices;

function askStreams(address: string, { username, password }: Credentials) {
  const body = { address: address.trim().replace(/\/$/, ''), ...(username === '' ? {} : { credentials: { username, password } }) };
  return answerOf(api.POST('/api/v1/onvif/streams', { body }));
}

/** Searches the network for cameras and asks one for its streams, so that nobody needs to know the maker's path. */
export function OnvifFinder({ draft, change }: { draft: CameraDraft; change: (part: Partial<CameraDraft>) => void }) {
  const words = useWords(cameraWords);
  const [busy, setBusy] = useState<'search' | 'ask' | null>(null);
  const [devices, setDevices] = useState<Device[] | null>(null);
  const [address, setAddress] = useState('');
  const [streams, setStreams] = useState<Streams | null>(null);
  const [failed, setFailed] = useState<ApiError | null>(null);

  async function run<T>(kind: 'search' | 'ask', task: () => Promise<T>, take: (answer: T) => void): Promise<void> {
    setBusy(kind);
    setFailed(null);
    await task().then(take, (error: unknown) => setFailed(error instanceof ApiError ? error : new ApiError('CONSOLE_UNREACHABLE', '', 0)));
    setBusy(null);
  }

  function use(profile: Profile, as: 'url' | 'detectUrl'): void {
    const name = draft.name === '' ? devices?.find((device) => device.address === address)?.name : undefined;
    change({ [as]: profile.url, ...(name ? { name } : {}) });
  }

  return (
    <details className="fold card">
      <summary data-testid="onvif-open">{words.find}</summary>
      <p className="hint">{words.findHint}</p>
      <div className="buttons">
        <button
          type="button"
          className="button"
          disabled={busy !== null}
          data-testid="onvif-search"
          onClick={() => void run('search', search, setDevices)}
        >
          {words.find}
        </button>
        {busy === 'search' && <span role="status">{words.finding}</span>}
      </div>
      {devices && (
        <>
          <p role="status">{words.found(devices.length)}</p>
          <ul className="lines">
            {devices.map((device) => (
              <li key={device.address}>
                <span>
                  {device.name ?? words.unknownName}{' '}
                  <small>{[device.hardware, new URL(device.address).host].filter(Boolean).join(', ')}</small>
                </span>
                <button
                  type="button"
                  className="button end"
                  aria-pressed={address === device.address}
                  onClick={() => setAddress(device.address)}
                >
                  {words.onvifAddress}
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
      <label className="field">
        {words.onvifAddress}
        <input
          className="code"
          value={address}
          data-testid="onvif-address"
          placeholder="http://10.0.0.20"
          onChange={(event) => setAddress(event.target.value)}
        />
        <small className="hint">
          {words.onvifAddressHint}. {words.onvifCredentials}
        </small>
      </label>
      <div className="buttons">
        <button
          type="button"
          className="button"
          disabled={busy !== null || address.trim() === ''}
          data-testid="onvif-ask"
          onClick={() => void run('ask', () => askStreams(address, draft), setStreams)}
        >
          {words.onvifAsk}
        </button>
        {busy === 'ask' && <span role="status">{words.onvifAsking}</span>}
      </div>
      <Refused error={failed} />
      {streams && !streams.ok && <FinderProblem problem={streams.problem} />}
      {streams?.ok && <StreamList profiles={streams.profiles} use={use} />}
    </details>
  );
}

function FinderProblem({ problem }: { problem: { code: string; message: string } }) {
  const { language } = useText();
  return (
    <p className="message message-error" role="alert">
      {problemInWords(problem, language)}
    </p>
  );
}

function StreamList({ profiles, use }: { profiles: Profile[]; use: (profile: Profile, as: 'url' | 'detectUrl') => void }) {
  const words = useWords(cameraWords);
  const { language } = useText();
  return (
    <>
      <p>{words.streamsFound}</p>
      <ul className="lines" data-testid="onvif-streams">
        {profiles.map((profile) => {
          const size = profile.widthPx && profile.heightPx ? `${profile.widthPx} × ${profile.heightPx}` : null;
          const fps = profile.fps === null ? null : `${number(profile.fps, language)} fps`;
          return (
            <li key={profile.token} className="wraps">
              <span>
                {profile.name}{' '}
                <small>
                  {[profile.codec, size, fps].filter(Boolean).join(', ')} <span className="code">{profile.url}</span>
                </small>
              </span>
              <span className="buttons end">
                <button
                  type="button"
                  className="button button-small"
                  data-testid={`use-main-${profile.token}`}
                  onClick={() => use(profile, 'url')}
                >
                  {words.useMain}
                </button>
                <button type="button" className="button button-small" onClick={() => use(profile, 'detectUrl')}>
                  {words.useSub}
                </button>
              </span>
            </li>
          );
        })}
      </ul>
    </>
  );
}
