import { useState } from 'react';
import { answerOf, api } from '../api/client.js';
import type { Person } from '../api/types.js';
import { useSession } from '../session/session.js';
import { useSignInOptions } from '../session/sign-in-options.js';
import { Dialog } from '../shell/dialog.js';
import { dateOf } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { type AccountChange, AccountDialog, InvitationDialog } from './account-dialogs.js';
import { administrationWords } from './administration-words.js';
import { GrantFields, grantOf } from './grant-fields.js';
import { FormDialog, ReasonEntry, textOf, useSend } from './parts.js';
import { useUnitChoices } from './queries.js';

type Grant = Person['grants'][number];
type Doing = AccountChange | 'grant' | 'invite';

/** One person: roles, and what an administrator can do to the account. */
export function PersonDialog({ person, onLeave }: { person: Person; onLeave: () => void }) {
  const words = useWords(administrationWords);
  const [doing, setDoing] = useState<Doing | null>(null);
  const [revoking, setRevoking] = useState<Grant | null>(null);
  const isMyself = useSession().session.user.username === person.username;
  const done = () => setDoing(null);
  if (revoking) return <RevokeDialog person={person} grant={revoking} onLeave={() => setRevoking(null)} />;
  if (doing === 'grant') return <GrantDialog person={person} onLeave={done} />;
  if (doing === 'invite') return <InvitationDialog username={person.username} onLeave={done} />;
  if (doing !== null) return <AccountDialog person={person} change={doing} onLeave={done} />;
  return (
    <Dialog label={person.displayName} className="dialog dialog-form" onLeave={onLeave}>
      <h2>{person.displayName}</h2>
      <p className="code hint">{person.username}</p>
      <GrantList person={person} onRevoke={isMyself ? null : setRevoking} />
      {isMyself ? <p className="message message-info">{words.yourself}</p> : <Acts person={person} onDo={setDoing} />}
    </Dialog>
  );
}

function GrantList({ person, onRevoke }: { person: Person; onRevoke: ((grant: Grant) => void) | null }) {
  const { text, language } = useText();
  const words = useWords(administrationWords);
  const { nameOf } = useUnitChoices();
  return (
    <ul className="lines">
      {person.grants.map((grant) => (
        <li key={grant.id}>
          <span>
            {text.roles[grant.role] ?? grant.role} · {nameOf(grant.unitId)} ·{' '}
            {grant.cameraIds ? grant.cameraIds.join(', ') : words.allCameras}
            <small>
              {words.givenBy(grant.grantedBy)} {grant.grantedAtMs > 0 && dateOf(grant.grantedAtMs, language)}
              {grant.untilMs !== null && ` · ${words.untilDay(dateOf(grant.untilMs, language))}`}
            </small>
          </span>
          {onRevoke && (
            <button type="button" className="button button-small end" onClick={() => onRevoke(grant)}>
              {words.revoke}
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

function RevokeDialog({ person, grant, onLeave }: { person: Person; grant: Grant; onLeave: () => void }) {
  const { text } = useText();
  const words = useWords(administrationWords);
  const path = { username: person.username, grantId: grant.id };
  const revoke = (reason: string) =>
    answerOf(api.DELETE('/api/v1/users/{username}/grants/{grantId}', { params: { path, query: { reason } } }));
  const send = useSend(revoke, ['users'], onLeave);
  const title = `${words.revoke}: ${text.roles[grant.role] ?? grant.role}, ${person.displayName}`;
  return (
    <FormDialog
      {...{ title, submit: words.revoke, danger: true, busy: send.isPending, error: send.error, onLeave }}
      onSubmit={(fields) => send.mutate(textOf(fields, 'reason'))}
    >
      <ReasonEntry error={send.error} />
    </FormDialog>
  );
}

function Acts({ person, onDo }: { person: Person; onDo: (doing: Doing) => void }) {
  const words = useWords(administrationWords);
  const hasProvider = useSignInOptions()?.provider != null;
  const acts: [Doing, string, boolean][] = [
    ['grant', words.grant, true],
    ['password', words.setPassword, true],
    ['secondFactor', words.takeSecondFactor, person.secondFactor],
    ['invite', words.invite, hasProvider && !person.provider],
    ['provider', words.unbind, person.provider],
    ['enable', words.enable, person.disabled],
    ['disable', words.disable, !person.disabled],
  ];
  return (
    <div className="buttons">
      {acts
        .filter(([, , offered]) => offered)
        .map(([doing, label]) => (
          <button
            key={doing}
            type="button"
            className={doing === 'disable' ? 'button button-danger' : 'button'}
            data-testid={`act-${doing}`}
            onClick={() => onDo(doing)}
          >
            {label}
          </button>
        ))}
    </div>
  );
}

function GrantDialog({ person, onLeave }: { person: Person; onLeave: () => void }) {
  const words = useWords(administrationWords);
  const { username } = person;
  const give = (fields: FormData) =>
    answerOf(api.POST('/api/v1/users/{username}/grants', { params: { path: { username } }, body: grantOf(fields) }));
  const send = useSend(give, ['users'], onLeave);
  return (
    <FormDialog
      {...{ title: words.grantTo(person.displayName), submit: words.grant, busy: send.isPending, error: send.error, onLeave }}
      onSubmit={(fields) => send.mutate(fields)}
    >
      <GrantFields error={send.error} />
    </FormDialog>
  );
}
