import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useWords } from '../text/words.js';
import { lifeWords } from './life-words.js';

/** One field and the button that sends it; Enter sends too. */
export function WordsForm(props: {
  label: string;
  action: string;
  /** Without words nothing can be sent. */
  required?: boolean;
  testId: string;
  onSend: (words: string) => void;
  onLeave: () => void;
}) {
  const words = useWords(lifeWords);
  const [value, setValue] = useState('');
  const field = useRef<HTMLInputElement>(null);
  // The dialog was opened to write here.
  useEffect(() => field.current?.focus(), []);
  const empty = value.trim() === '';
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (!props.required || !empty) props.onSend(value);
  };
  return (
    <form className="words-form" onSubmit={send}>
      <label className="field">
        {props.label}
        <input
          ref={field}
          value={value}
          maxLength={2000}
          onChange={(event) => setValue(event.target.value)}
          data-testid={`${props.testId}-text`}
        />
      </label>
      <div className="buttons">
        <button type="submit" className="button button-primary" disabled={props.required === true && empty} data-testid={props.testId}>
          {props.action} <kbd>↵</kbd>
        </button>
        <button type="button" className="button" onClick={props.onLeave}>
          {words.cancel} <kbd>Esc</kbd>
        </button>
      </div>
    </form>
  );
}
