import { useState } from 'react';
import { Entry, FormDialog, ShownOnce, textOf, useSend } from '../administration/parts.js';
import { answerOf, api } from '../api/client.js';
import type { OwnAccount } from '../api/types.js';
import { useWords } from '../text/words.js';
import { accountWords } from './account-words.js';
import { QrCode } from './qr-code.js';

type Step = { at: 'password' } | { at: 'code'; secret: string; url: string } | { at: 'recovery'; codes: string[] } | { at: 'remove' };

/** The second factor of the own account: set up in three steps, or removed. */
export function SecondFactorCard({ account }: { account: OwnAccount }) {
  const words = useWords(accountWords);
  const [step, setStep] = useState<Step | null>(null);
  const leave = () => setStep(null);
  return (
    <section className="card" data-testid="second-factor" data-on={account.secondFactor}>
      <h2>{words.secondFactor}</h2>
      <p>{account.secondFactor ? words.secondFactorOn(account.recoveryCodes) : words.secondFactorOff}</p>
      <div className="buttons">
        {account.secondFactor ? (
          <button type="button" className="button" data-testid="second-factor-remove" onClick={() => setStep({ at: 'remove' })}>
            {words.remove}
          </button>
        ) : (
          <button
            type="button"
            className="button button-primary"
            data-testid="second-factor-begin"
            onClick={() => setStep({ at: 'password' })}
          >
            {words.setUp}
          </button>
        )}
      </div>
      {step?.at === 'password' && <PasswordStep onLeave={leave} onBegun={(begun) => setStep({ at: 'code', ...begun })} />}
      {step?.at === 'code' && <CodeStep {...step} onLeave={leave} onConfirmed={(codes) => setStep({ at: 'recovery', codes })} />}
      {step?.at === 'recovery' && (
        <ShownOnce title={words.recoveryTitle} about={words.recoveryAbout} secret={step.codes.join('\n')} onLeave={leave} />
      )}
      {step?.at === 'remove' && <RemoveDialog onLeave={leave} />}
    </section>
  );
}

function PasswordStep({ onLeave, onBegun }: { onLeave: () => void; onBegun: (begun: { secret: string; url: string }) => void }) {
  const words = useWords(accountWords);
  const send = useSend((password: string) => answerOf(api.POST('/api/v1/session/second-factor', { body: { password } })), [], onBegun);
  return (
    <FormDialog
      {...{ title: words.setUp, submit: words.next, busy: send.isPending, error: send.error, onLeave }}
      onSubmit={(fields) => send.mutate(String(fields.get('password')))}
    >
      <Entry name="password" label={words.oldPassword} type="password" autoComplete="current-password" />
    </FormDialog>
  );
}

function CodeStep(props: { secret: string; url: string; onLeave: () => void; onConfirmed: (codes: string[]) => void }) {
  const words = useWords(accountWords);
  const confirm = (code: string) => answerOf(api.POST('/api/v1/session/second-factor/confirm', { body: { code } }));
  const send = useSend(confirm, ['account'], ({ recoveryCodes }) => props.onConfirmed(recoveryCodes));
  return (
    <FormDialog
      {...{ title: words.setUp, about: words.scan, submit: words.confirm, busy: send.isPending, error: send.error, onLeave: props.onLeave }}
      onSubmit={(fields) => send.mutate(textOf(fields, 'code'))}
    >
      <QrCode text={props.url} label={words.qr} />
      <p className="hint">
        {words.bySecret}{' '}
        <span className="code" data-testid="second-factor-secret">
          {props.secret}
        </span>
      </p>
      <Entry name="code" label={words.code} error={send.error} autoComplete="one-time-code" code />
    </FormDialog>
  );
}

function RemoveDialog({ onLeave }: { onLeave: () => void }) {
  const words = useWords(accountWords);
  const remove = (body: { password: string; code: string }) => answerOf(api.POST('/api/v1/session/second-factor/remove', { body }));
  const send = useSend(remove, ['account'], onLeave);
  return (
    <FormDialog
      {...{ title: words.removeTitle, submit: words.remove, danger: true, busy: send.isPending, error: send.error, onLeave }}
      onSubmit={(fields) => send.mutate({ password: String(fields.get('password')), code: textOf(fields, 'code') })}
    >
      <Entry name="password" label={words.oldPassword} type="password" autoComplete="current-password" />
      <Entry name="code" label={words.codeOrRecovery} error={send.error} autoComplete="one-time-code" code />
    </FormDialog>
  );
}
