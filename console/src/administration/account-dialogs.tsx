import { useQuery } from '@tanstack/react-query';
import { answerOf, api } from '../api/client.js';
import type { Person } from '../api/types.js';
import { useNowMs } from '../shell/ticking.js';
import { moment } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { administrationWords } from './administration-words.js';
import { Entry, FormDialog, Loaded, ReasonEntry, ShownOnce, textOf, useSend } from './parts.js';

/** What is done to an account after a question. */
export type AccountChange = 'password' | 'secondFactor' | 'provider' | 'disable' | 'enable';

const bodyOf = (change: AccountChange, fields: FormData) => {
  const reason = textOf(fields, 'reason');
  if (change === 'password') return { reason, password: String(fields.get('password')) };
  if (change === 'secondFactor') return { reason, secondFactor: false as const };
  return change === 'provider' ? { reason, provider: false as const } : { reason, disabled: change === 'disable' };
};

/** Asks why, and does it. */
export function AccountDialog({ person, change, onLeave }: { person: Person; change: AccountChange; onLeave: () => void }) {
  const words = useWords(administrationWords);
  const said: Record<AccountChange, [title: string, about: string]> = {
    password: [words.setPassword, words.setPasswordAbout],
    secondFactor: [words.takeSecondFactor, words.takeSecondFactorAbout],
    provider: [words.unbind, words.unbindAbout],
    disable: [words.disable, words.disableAbout],
    enable: [words.enable, ''],
  };
  const [title, about] = said[change];
  const { username } = person;
  const send = useSend(
    (fields: FormData) =>
      answerOf(api.POST('/api/v1/users/{username}/account', { params: { path: { username } }, body: bodyOf(change, fields) })),
    ['users'],
    onLeave,
  );
  return (
    <FormDialog
      {...{ title: `${title}: ${person.displayName}`, about, submit: title, danger: change !== 'enable' && change !== 'password' }}
      {...{ busy: send.isPending, error: send.error, onLeave }}
      onSubmit={(fields) => send.mutate(fields)}
    >
      {change === 'password' && (
        <Entry
          name="password"
          label={words.password}
          hint={words.passwordHint}
          type="password"
          autoComplete="new-password"
          error={send.error}
        />
      )}
      <ReasonEntry error={send.error} />
    </FormDialog>
  );
}

/** Makes a one-time link and shows it this once. */
export function InvitationDialog({ username, onLeave }: { username: string; onLeave: () => void }) {
  const { language } = useText();
  const words = useWords(administrationWords);
  const nowMs = useNowMs();
  const query = useQuery({
    queryKey: ['invitation', username],
    queryFn: () => answerOf(api.POST('/api/v1/users/{username}/invitation', { params: { path: { username } } })),
    // Made once for this dialog: another look would make another link.
    ...{ staleTime: Number.POSITIVE_INFINITY, gcTime: 0, retry: false, refetchOnWindowFocus: false, refetchOnReconnect: false },
  });
  return (
    <Loaded query={query}>
      {({ url, expiresAtMs }) => (
        <ShownOnce title={words.invite} about={words.inviteAbout(moment(expiresAtMs, nowMs, language))} secret={url} onLeave={onLeave} />
      )}
    </Loaded>
  );
}
