import type { Ref } from 'react';
import type { ReviewCase } from '../api/types.js';
import { percent } from '../text/format.js';
import { useText } from '../text/language.js';

/** The plate as it was read, and the field to type it in. It is never filled in beforehand: typing must be reading. */
export function PlateField(props: {
  plate: ReviewCase['plate'];
  typed: string;
  field: Ref<HTMLInputElement>;
  onType: (typed: string) => void;
  onDone: () => void;
}) {
  const { text, language } = useText();
  const { read, retype } = props.plate;
  const must = retype.length > 0;
  return (
    <section className="card review-plate">
      <h2>{text.reviewPlate}</h2>
      <p className="plate-read" data-testid="plate-read">
        {read?.text ?? text.reviewUnread} {read?.text && <span className="hint">{percent(read.confidence, language)}</span>}
      </p>
      <label className="field">
        <span>
          {must ? text.reviewMustType : text.reviewMayType} <kbd>P</kbd>
        </span>
        <input
          ref={props.field}
          data-testid="plate-typed"
          value={props.typed}
          maxLength={20}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => props.onType(event.target.value.toUpperCase())}
          onKeyDown={(event) => {
            if (event.key === 'Enter') props.onDone();
            if (event.key === 'Escape') event.currentTarget.blur();
          }}
        />
      </label>
    </section>
  );
}
