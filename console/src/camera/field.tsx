import { type ReactNode, useId } from 'react';

/** What a field shows, and what it tells. */
export interface FieldProps {
  label: ReactNode;
  value: string;
  onChange: (value: string) => void;
  problem: string | undefined;
  testId: string;
  hint?: string | undefined;
  type?: 'text' | 'password' | 'date';
  placeholder?: string;
  code?: boolean;
  readOnly?: boolean;
  onBlur?: () => void;
}

/** One line to fill in, with a hint, or what is wrong with it in the hint's place. */
export function Field(props: FieldProps) {
  const explained = useId();
  return (
    <label className="field">
      {props.label}
      <input
        className={props.code ? 'code' : undefined}
        data-testid={props.testId}
        type={props.type ?? 'text'}
        value={props.value}
        placeholder={props.placeholder}
        readOnly={props.readOnly}
        autoComplete={props.type === 'password' ? 'new-password' : 'off'}
        spellCheck={false}
        aria-invalid={props.problem !== undefined}
        aria-describedby={explained}
        onChange={(event) => props.onChange(event.target.value)}
        onBlur={props.onBlur}
      />
      <small id={explained} className={props.problem ? 'problem' : 'hint'}>
        {props.problem ?? props.hint}
      </small>
    </label>
  );
}
