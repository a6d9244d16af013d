import { useQuery } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { Entry, Loaded, PageHead, useSend } from '../administration/parts.js';
import { answerOf, api } from '../api/client.js';
import type { OwnAccount } from '../api/types.js';
import { Refused } from '../refusals/refused.js';
import { useNowMs } from '../shell/ticking.js';
import { moment } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { accountWords } from './account-words.js';
import { SecondFactorCard } from './second-factor-card.js';

/** The own account: password, second factor, where it is signed in. */
export function AccountPage() {
  const words = useWords(accountWords);
  const query = useQuery({ queryKey: ['account'], queryFn: () => answerOf(api.GET('/api/v1/account')) });
  return (
    <div className="page page-narrow">
      <Loaded query={query}>
        {(account) => (
          <>
            <PageHead title={words.title} about={`${account.displayName} · ${account.username}`} />
            {account.provider && <p className="message message-info">{words.byProvider}</p>}
            {account.password ? <PasswordCard /> : <p className="hint">{words.noPassword}</p>}
            {account.password && <SecondFactorCard account={account} />}
            <SessionsCard account={account} />
          </>
        )}
      </Loaded>
    </div>
  );
}

function PasswordCard() {
  const words = useWords(accountWords);
  const send = useSend(
    (body: { password: string; newPassword: string }) => answerOf(api.POST('/api/v1/account/password', { body })),
    ['account'],
  );
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const form = event.currentTarget;
    const fields = new FormData(form);
    const body = { password: String(fields.get('password')), newPassword: String(fields.get('newPassword')) };
    send.mutate(body, { onSuccess: () => form.reset() });
  }
  return (
    <form className="card form-rows" onSubmit={submit}>
      <h2>{words.changePassword}</h2>
      <div className="field-pair">
        <Entry name="password" label={words.oldPassword} type="password" autoComplete="current-password" />
        <Entry
          name="newPassword"
          label={words.newPassword}
          hint={words.newPasswordHint}
          error={send.error}
          type="password"
          autoComplete="new-password"
        />
      </div>
      <Refused error={send.error} />
      {send.isSuccess && (
        <p className="message message-info" role="status">
          {words.passwordChanged}
        </p>
      )}
      <div className="buttons">
        <button type="submit" className="button" disabled={send.isPending}>
          {words.changePassword}
        </button>
      </div>
    </form>
  );
}

function SessionsCard({ account }: { account: OwnAccount }) {
  const words = useWords(accountWords);
  const { language } = useText();
  const nowMs = useNowMs();
  const end = useSend(
    (sessionId: string) => answerOf(api.DELETE('/api/v1/account/sessions/{sessionId}', { params: { path: { sessionId } } })),
    ['account'],
  );
  const endOthers = useSend((_: undefined) => answerOf(api.DELETE('/api/v1/account/sessions')), ['account']);
  return (
    <section className="card" data-testid="own-sessions">
      <div className="card-head">
        <h2>{words.sessions}</h2>
        {account.sessions.length > 1 && (
          <button type="button" className="button button-small" data-testid="end-others" onClick={() => endOthers.mutate(undefined)}>
            {words.endOthers}
          </button>
        )}
      </div>
      <ul className="lines">
        {account.sessions.map((session) => (
          <li key={session.id}>
            <span>
              {browserOf(session.agent) ?? words.unknownAgent} · <span className="code">{session.address}</span>
              <small>
                {words.opened(moment(session.openedAtMs, nowMs, language))} · {words.seen(moment(session.lastSeenMs, nowMs, language))}
              </small>
            </span>
            {session.current ? (
              <span className="chip end">{words.thisOne}</span>
            ) : (
              <button type="button" className="button button-small end" onClick={() => end.mutate(session.id)}>
                {words.end}
              </button>
            )}
          </li>
        ))}
      </ul>
      <Refused error={end.error ?? endOthers.error} />
    </section>
  );
}

/** In the order in which they must be looked for: each also names those after it. */
const BROWSERS = ['Edg', 'Firefox', 'Chrome', 'Safari'];
const SYSTEMS = ['Windows', 'Android', 'iPhone', 'Mac OS', 'Linux'];

/** Browser and system by the names that people know. */
function browserOf(agent: string | null): string | null {
  if (!agent) return null;
  const named = (names: string[]) => names.find((name) => agent.includes(name));
  const browser = (named(BROWSERS) ?? agent.split(' ')[0] ?? '').replace(/^Edg$/, 'Edge');
  return [browser, named(SYSTEMS)].filter(Boolean).join(', ');
}
