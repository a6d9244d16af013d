import { useCameras } from '../api/queries.js';
import type { GrantInput } from '../api/types.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { administrationWords } from './administration-words.js';
import { Choice, Entry, textOf } from './parts.js';
import { useUnitChoices } from './queries.js';
import { startOfDay } from './vietnam-time.js';

/** Roles that people hold, the ones given most often first. */
const ROLES = ['operator', 'shift-lead', 'reviewer', 'review-lead', 'administrator', 'auditor', 'eoc', 'gateway'] as const;

/** Role, unit, cameras and end of a grant. */
export function GrantFields({ error }: { error: unknown }) {
  const { text } = useText();
  const words = useWords(administrationWords);
  const { options } = useUnitChoices();
  return (
    <>
      <div className="field-pair">
        <Choice name="role" label={words.role} options={ROLES.map((role) => [role, text.roles[role] ?? role])} />
        <Choice name="unitId" label={words.units} options={options} />
      </div>
      <Entry name="untilMs" label={words.until} hint={words.untilHint} type="date" required={false} error={error} />
      <CamerasField />
    </>
  );
}

/** Some cameras; none chosen means all of the unit. */
export function CamerasField() {
  const words = useWords(administrationWords);
  const { cameras } = useCameras();
  return (
    <label className="field">
      {words.cameras}
      <select name="cameraIds" multiple size={4} className="many">
        {cameras.map(({ camera }) => (
          <option key={camera.id} value={camera.id}>
            {camera.name}
          </option>
        ))}
      </select>
      <small className="hint">{words.camerasHint}</small>
    </label>
  );
}

/** What `GrantFields` were filled with. */
export function grantOf(fields: FormData): GrantInput {
  const day = textOf(fields, 'untilMs');
  const cameraIds = fields.getAll('cameraIds').map(String);
  return {
    role: textOf(fields, 'role') as GrantInput['role'],
    unitId: textOf(fields, 'unitId'),
    ...(cameraIds.length > 0 ? { cameraIds } : {}),
    ...(day ? { untilMs: startOfDay(day) } : {}),
  };
}
