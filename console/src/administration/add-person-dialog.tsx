import { answerOf, api } from '../api/client.js';
import { useSignInOptions } from '../session/sign-in-options.js';
import { useWords } from '../text/words.js';
import { administrationWords } from './administration-words.js';
import { GrantFields, grantOf } from './grant-fields.js';
import { Entry, FormDialog, textOf, useSend } from './parts.js';

/** Adds somebody, with a first role. */
export function AddPersonDialog({ onLeave }: { onLeave: () => void }) {
  const words = useWords(administrationWords);
  const hasProvider = useSignInOptions()?.provider != null;
  const send = useSend(
    (fields: FormData) => {
      const password = String(fields.get('password') ?? '');
      const who = { username: textOf(fields, 'username'), displayName: textOf(fields, 'displayName') };
      return answerOf(api.POST('/api/v1/users', { body: { ...who, ...grantOf(fields), ...(password ? { password } : {}) } }));
    },
    ['users'],
    onLeave,
  );
  const { error } = send;
  return (
    <FormDialog
      {...{ title: words.addPerson, submit: words.addPerson, busy: send.isPending, error, onLeave }}
      onSubmit={(fields) => send.mutate(fields)}
    >
      <div className="field-pair">
        <Entry name="displayName" label={words.displayName} error={error} />
        <Entry name="username" label={words.username} hint={words.usernameHint} error={error} code />
      </div>
      <Entry
        {...{ name: 'password', type: 'password', autoComplete: 'new-password', error, required: !hasProvider }}
        label={words.password}
        hint={hasProvider ? words.passwordOptional : words.passwordHint}
      />
      <GrantFields error={error} />
    </FormDialog>
  );
}
