import type { ReactNode } from 'react';
import type { IncidentBody, Severity } from '../api/types.js';
import { Field } from '../camera/field.js';
import type { Refusal } from '../refusals/refusal.js';
import { useMeta } from '../session/meta.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { coordinatesOf, type IncidentTold } from './incident-draft.js';
import { incidentWords } from './incident-words.js';

const SEVERITIES: Severity[] = ['critical', 'high', 'medium', 'low'];

/** Something stands there that is no pair of coordinates. */
export const isBadCoordinates = ({ coordinates }: IncidentTold): boolean =>
  coordinates.trim() !== '' && coordinatesOf(coordinates) === null;

/** A dialog gives the focus to what asks for it when it opens. */
const focusFirst = (element: HTMLTextAreaElement | null) => {
  if (element) element.autofocus = true;
};

/** What is told of an incident, whether it is opened or corrected. */
export function IncidentFields(props: {
  told: IncidentTold;
  change: (part: Partial<IncidentTold>) => void;
  refused: Refusal;
  /** It was told by telephone. */
  byPhone: boolean;
  /** Where the camera stands, in words. */
  placeOfCamera: string | undefined;
  /** Beside the coordinates. */
  children?: ReactNode;
}) {
  const { told, change, refused, byPhone, placeOfCamera, children } = props;
  const words = useWords(incidentWords);
  return (
    <>
      <TypeAndSeverity told={told} change={change} />
      <label className="field">
        {byPhone ? words.said : words.seen}
        <textarea
          ref={focusFirst}
          rows={3}
          maxLength={2000}
          data-testid="incident-description"
          value={told.description}
          onChange={(event) => change({ description: event.target.value })}
        />
        <small className={refused.fields['description'] ? 'problem' : 'hint'}>{refused.fields['description'] ?? words.saidHint}</small>
      </label>
      <Field
        label={words.place}
        value={told.place}
        onChange={(place) => change({ place })}
        problem={refused.fields['place']}
        hint={placeOfCamera ? words.placeOfCamera(placeOfCamera) : words.placeHint}
        testId="incident-place"
      />
      <div className="desk-fields">
        <Field
          label={words.coordinates}
          value={told.coordinates}
          onChange={(coordinates) => change({ coordinates })}
          problem={isBadCoordinates(told) ? words.coordinatesWrong : refused.fields['location']}
          hint={words.coordinatesHint}
          testId="incident-coordinates"
        />
        {children}
      </div>
    </>
  );
}

function TypeAndSeverity({ told, change }: { told: IncidentTold; change: (part: Partial<IncidentTold>) => void }) {
  const words = useWords(incidentWords);
  const { text, pick } = useText();
  const { incidentTypes } = useMeta();
  return (
    <div className="desk-fields">
      <label className="field">
        {words.type}
        <select
          data-testid="incident-type"
          value={told.type}
          onChange={(event) => change({ type: event.target.value as IncidentBody['type'] })}
        >
          {incidentTypes.map(({ id, name }) => (
            <option key={id} value={id}>
              {pick(name)}
            </option>
          ))}
        </select>
      </label>
      <label className="field">
        {words.severity}
        <select
          data-testid="incident-severity"
          value={told.severity}
          onChange={(event) => change({ severity: event.target.value as Severity })}
        >
          {SEVERITIES.map((severity) => (
            <option key={severity} value={severity}>
              {text.severity[severity]}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}
