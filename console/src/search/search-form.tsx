import type { FormEvent, ReactNode } from 'react';
import { SpanPicker } from '../span/span-picker.js';
import { useWords } from '../text/words.js';
import { words } from './words.js';

interface SearchFormProps {
  query: URLSearchParams;
  nowMs: number;
  fields: readonly string[];
  change: (changes: Record<string, string | null>) => void;
  children: ReactNode;
}

/** Conditions beside the results. They count when the form is sent, by its button or Enter, and stand in the address then. */
export function SearchForm({ query, nowMs, fields, change, children }: SearchFormProps) {
  const text = useWords(words);
  const filled = (form: HTMLFormElement) => {
    const values = new FormData(form);
    return Object.fromEntries(fields.map((name) => [name, String(values.get(name) ?? '').trim() || null]));
  };
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    change(filled(event.currentTarget));
  };
  return (
    <form className="search-form card" onSubmit={send} key={fields.map((name) => query.get(name)).join('\n')} data-testid="search-form">
      <SpanPicker query={query} nowMs={nowMs} onChange={change} />
      {children}
      <div className="buttons">
        <button type="submit" className="button button-primary" data-testid="search">
          {text.search}
        </button>
        <button type="button" className="button" onClick={() => change(Object.fromEntries(fields.map((name) => [name, null])))}>
          {text.clear}
        </button>
      </div>
    </form>
  );
}

interface ChoiceProps {
  name: string;
  label: string;
  query: URLSearchParams;
  choices: readonly (readonly [value: string, label: string])[];
  /** What it is called when nothing is chosen. */
  any?: string;
}

/** A condition that is chosen, or any. */
export function Choice({ name, label, query, choices, any }: ChoiceProps) {
  const text = useWords(words);
  return (
    <label className="field">
      {label}
      <select name={name} defaultValue={query.get(name) ?? ''}>
        <option value="">{any ?? text.any}</option>
        {choices.map(([value, one]) => (
          <option key={value} value={value}>
            {one}
          </option>
        ))}
      </select>
    </label>
  );
}

/** A condition that is typed. */
export function Typed({
  name,
  label,
  query,
  hint,
  type = 'text',
}: Omit<ChoiceProps, 'choices' | 'any'> & { hint?: string; type?: 'text' | 'number' }) {
  return (
    <label className="field">
      {label}
      <input name={name} type={type} min={0} step="any" defaultValue={query.get(name) ?? ''} autoComplete="off" spellCheck={false} />
      {hint && <small className="hint">{hint}</small>}
    </label>
  );
}
