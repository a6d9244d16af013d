import { useUnits } from '../api/queries.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import type { CameraDraft, TextField } from './camera-draft.js';
import { Field, type FieldProps } from './field.js';
import { cameraWords } from './words.js';

interface Part {
  draft: CameraDraft;
  change: (part: Partial<CameraDraft>) => void;
  field: (name: TextField) => Omit<FieldProps, 'label'>;
}

/** Where a camera is, to which unit and groups it belongs, and where it looks. */
export function CameraFormPlace({ draft, change, field }: Part) {
  const words = useWords(cameraWords);
  const { language } = useText();
  const units = useUnits();
  return (
    <>
      {units.length > 1 && (
        <label className="field">
          {words.formUnit}
          <select value={draft.unitId} data-testid="camera-unitId" onChange={(event) => change({ unitId: event.target.value })}>
            <option value="">{words.formUnitOwn}</option>
            {units.map(({ id, name }) => (
              <option key={id} value={id}>
                {name[language]}
              </option>
            ))}
          </select>
        </label>
      )}
      <Field label={words.formGroups} hint={words.formGroupsHint} {...field('groups')} />
      <Field label={words.formAddress} {...field('address')} />
      <div className="field-pair">
        <Field label={words.formLatitude} {...field('latitude')} placeholder="10.9804" />
        <Field label={words.formLongitude} {...field('longitude')} placeholder="106.6745" />
      </div>
      <Field label={words.formDirection} {...field('direction')} />
    </>
  );
}

/** The calibration certificate as it is written on the paper. */
export function CameraFormCertificate({ field }: Pick<Part, 'field'>) {
  const words = useWords(cameraWords);
  return (
    <>
      <Field label={words.certificateNumber} hint={words.certificateHint} {...field('certificateNumber')} />
      <Field label={words.certificateIssuer} {...field('certificateIssuer')} />
      <div className="field-pair">
        <Field label={words.certificateIssuedOn} type="date" {...field('certificateIssuedOn')} />
        <Field label={words.certificateValidUntil} type="date" {...field('certificateValidUntil')} />
      </div>
      <Field label={words.certificateFile} {...field('certificateFile')} code />
    </>
  );
}
