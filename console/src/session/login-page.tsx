import { type FormEvent, useState } from 'react';
import { ApiError, answerOf, api } from '../api/client.js';
import type { Session } from '../api/types.js';
import { useRefusal } from '../refusals/refused.js';
import { Logo } from '../shell/logo.js';
import { setLanguage, useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { providerWords, refusalOf } from './provider-words.js';
import { useSignInOptions } from './sign-in-options.js';

/** Where the identity provider sends people who have signed in: the page they wanted. */
function providerPath(): string {
  const { pathname } = location;
  return `/api/v1/session/provider?returnTo=${encodeURIComponent(pathname)}`;
}

/** The way in by the city's identity provider, where there is one. */
function ProviderButton() {
  const { pick } = useText();
  const words = useWords(providerWords);
  const options = useSignInOptions();
  const refused = refusalOf(location.search, words);
  if (!options?.provider) return null;
  return (
    <>
      {refused && (
        <p className="message message-error" role="alert" data-testid="provider-refused">
          {refused}
        </p>
      )}
      <a className="button button-primary" data-testid="login-provider" href={providerPath()}>
        {words.signInWith(pick(options.provider.name))}
      </a>
      <p className="hint login-or">{options.passwords === 'some' ? words.passwordsForEmergencies : words.orPassword}</p>
    </>
  );
}

/** The way in. Says plainly whether the words were wrong or the server is not there. */
export function LoginPage({ ended, onSignedIn }: { ended: boolean; onSignedIn: (session: Session) => void }) {
  const { text, language } = useText();
  const [problem, setProblem] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  // Asked for once the password was right; stays, so that a wrong code can be mended.
  const [asksCode, setAsksCode] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    setBusy(true);
    setProblem(null);
    try {
      const code = fields.get('code');
      const credentials = { username: String(fields.get('username')), password: String(fields.get('password')) };
      const body = code ? { ...credentials, code: String(code).trim() } : credentials;
      onSignedIn(await answerOf(api.POST('/api/v1/session', { body })));
    } catch (error) {
      setAsksCode((before) => before || (error instanceof ApiError && error.code === 'API_LOGIN_CODE'));
      setProblem(error instanceof ApiError ? error : new ApiError('CONSOLE_UNREACHABLE', '', 0));
      setBusy(false);
    }
  }

  const { general } = useRefusal(problem);
  const refused = asksCode ? text.loginCodeWrong : text.loginWrong;
  const message = problem?.code === 'API_LOGIN_CODE' ? null : problem?.status === 401 ? refused : general;
  return (
    <main className="login">
      <form className="login-card" onSubmit={(event) => void submit(event)}>
        <h1>
          <Logo size={34} />
          {text.product}
        </h1>
        <p className="login-title">{text.signInTitle}</p>
        <ProviderButton />
        {ended && !problem && <p className="message message-info">{text.sessionOver}</p>}
        {message && (
          <p className="message message-error" role="alert">
            {message}
          </p>
        )}
        <label>
          {text.username}
          <input
            name="username"
            data-testid="login-username"
            autoComplete="username"
            required
            // biome-ignore lint/a11y/noAutofocus: the page has this one purpose
            autoFocus
            spellCheck={false}
            autoCapitalize="none"
          />
        </label>
        <label>
          {text.password}
          <input name="password" data-testid="login-password" type="password" autoComplete="current-password" required />
        </label>
        {asksCode && (
          <label>
            {text.loginCode}
            <input name="code" data-testid="login-code" autoComplete="one-time-code" spellCheck={false} required />
          </label>
        )}
        <button type="submit" className="button button-primary" data-testid="login-submit" disabled={busy}>
          {text.signIn}
        </button>
        <button
          type="button"
          className="button-link"
          lang={language === 'vi' ? 'en' : 'vi'}
          onClick={() => setLanguage(language === 'vi' ? 'en' : 'vi')}
        >
          {text.otherLanguage}
        </button>
      </form>
    </main>
  );
}
