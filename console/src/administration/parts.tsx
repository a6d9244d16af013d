import { type UseQueryResult, useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { fieldIn } from '../refusals/refusal.js';
import { Refused, useRefusal } from '../refusals/refused.js';
import { Dialog } from '../shell/dialog.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { partsWords } from './parts-words.js';

/** What a query shows: its answer, or that it is on the way, or why there is none and the way to ask again. */
export function Loaded<T>({ query, children }: { query: UseQueryResult<T>; children: (data: T) => ReactNode }) {
  const { text } = useText();
  const { general } = useRefusal(query.error);
  if (query.data !== undefined) return children(query.data);
  if (!query.error) return <p className="page-note">{text.loading}</p>;
  return (
    <div className="page-note" role="alert">
      <p>{general}</p>
      <button type="button" className="button" onClick={() => void query.refetch()}>
        {text.retry}
      </button>
    </div>
  );
}

/** Title of a page, what it is for, and its buttons. */
export function PageHead({ title, about, children }: { title: string; about?: ReactNode; children?: ReactNode }) {
  return (
    <header className="page-head">
      <div className="page-title">
        <h1>{title}</h1>
        {about && <p>{about}</p>}
      </div>
      {children}
    </header>
  );
}

/** Something sent to the server, after which what was read under `keys` is read anew. */
export function useSend<In, Out>(send: (input: In) => Promise<Out>, keys: string[], done?: (out: Out) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: send,
    onSuccess: async (out) => {
      await Promise.all(keys.map((key) => client.invalidateQueries({ queryKey: [key] })));
      done?.(out);
    },
  });
}

/** A dialog with one form. `onSubmit` gets its fields by name. */
export function FormDialog(props: {
  title: string;
  about?: ReactNode;
  submit: string;
  danger?: boolean;
  busy: boolean;
  error: unknown;
  onSubmit: (fields: FormData) => void;
  onLeave: () => void;
  children: ReactNode;
}) {
  const { submit: label } = props;
  const words = useWords(partsWords);
  /** Names of the fields of the form: what is wrong with them stands beside them. */
  const [shown, setShown] = useState<string[]>([]);
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    setShown([...event.currentTarget.elements].flatMap((field) => field.getAttribute('name') ?? []));
    props.onSubmit(new FormData(event.currentTarget));
  }
  return (
    <Dialog label={props.title} className="dialog dialog-form" onLeave={props.onLeave}>
      <form onSubmit={submit}>
        <h2>{props.title}</h2>
        {props.about && <p className="hint">{props.about}</p>}
        {props.children}
        <Refused error={props.error} shown={shown} />
        <div className="buttons">
          <button
            type="submit"
            className={props.danger ? 'button button-danger' : 'button button-primary'}
            disabled={props.busy}
            data-testid="form-submit"
          >
            {label}
          </button>
          <button type="button" className="button" onClick={props.onLeave}>
            {words.cancel}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface EntryProps {
  name: string;
  label: ReactNode;
  hint?: ReactNode;
  /** What the last answer said about it. */
  error?: unknown;
  type?: 'text' | 'password' | 'date' | 'datetime-local' | 'number';
  defaultValue?: string | number;
  required?: boolean;
  code?: boolean;
  autoComplete?: string;
  min?: number;
  max?: number;
  step?: number;
}

/** One line to fill in; what the server found wrong stands in the place of its hint. */
export function Entry({ name, label, hint, error, code, required = true, type = 'text', autoComplete = 'off', ...input }: EntryProps) {
  const explained = useId();
  const problem = useRefusal(error, fieldIn([name])).fields[name];
  return (
    <label className="field">
      {label}
      <input
        {...input}
        {...{ name, type, required, autoComplete }}
        // Blanks are nothing.
        pattern={required && type === 'text' ? '.*\\S.*' : undefined}
        className={code ? 'code' : undefined}
        data-testid={`field-${name}`}
        spellCheck={false}
        aria-invalid={problem !== undefined}
        aria-describedby={explained}
      />
      <small id={explained} className={problem ? 'problem' : 'hint'}>
        {problem ?? hint}
      </small>
    </label>
  );
}

/** One of several; `options` are value and words. */
export function Choice(props: {
  name: string;
  label: ReactNode;
  options: readonly (readonly [value: string, words: string])[];
  defaultValue?: string | undefined;
  hint?: ReactNode;
}) {
  return (
    <label className="field">
      {props.label}
      <select name={props.name} defaultValue={props.defaultValue} data-testid={`field-${props.name}`}>
        {props.options.map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
      <small className="hint">{props.hint}</small>
    </label>
  );
}

/** Why something is taken away: asked before, kept in the audit log. */
export function ReasonEntry({ error }: { error: unknown }) {
  const words = useWords(partsWords);
  return <Entry name="reason" label={words.reason} hint={words.reasonHint} error={error} />;
}

/** Text of a form's field; empty when it is not there. */
export const textOf = (fields: FormData, name: string): string => String(fields.get(name) ?? '').trim();

/** A secret that is shown this once, with a way to copy it. */
export function ShownOnce({ title, about, secret, onLeave }: { title: string; about: ReactNode; secret: string; onLeave: () => void }) {
  const words = useWords(partsWords);
  return (
    <Dialog label={title} className="dialog dialog-form" onLeave={onLeave}>
      <h2>{title}</h2>
      <p className="message message-info">{about}</p>
      <output className="secret code" data-testid="secret">
        {secret}
      </output>
      <div className="buttons">
        <button type="button" className="button button-primary" onClick={() => void navigator.clipboard?.writeText(secret)}>
          {words.copy}
        </button>
        <button type="button" className="button" data-testid="secret-kept" onClick={onLeave}>
          {words.kept}
        </button>
      </div>
    </Dialog>
  );
}
