import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { AlertTitle } from '../alerts/alert-title.js';
import { answerOf, api } from '../api/client.js';
import { useCameras } from '../api/queries.js';
import type { Alert } from '../api/types.js';
import { Field } from '../camera/field.js';
import { fieldIn } from '../refusals/refusal.js';
import { useRefusal } from '../refusals/refused.js';
import { useStreams } from '../session/streams.js';
import { Dialog } from '../shell/dialog.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { correctionBody, type IncidentCorrection, toldOf } from './incident-draft.js';
import { IncidentFields, isBadCoordinates } from './incident-fields.js';
import { incidentWords } from './incident-words.js';

const FIELDS = ['reason', 'type', 'severity', 'place', 'location', 'description', 'cameraId'];

/** Corrects what was told of an incident that somebody opened by hand. */
export function EditIncidentDialog({ alert, onLeave }: { alert: Alert; onLeave: () => void }) {
  const words = useWords(incidentWords);
  const { text } = useText();
  const { alerts } = useStreams();
  const { cameras } = useCameras();
  // What is edited is what was on the screen: a change that comes meanwhile does not move under the hand.
  const [before] = useState(() => alert);
  const [draft, setDraft] = useState<IncidentCorrection>(() => ({ ...toldOf(before), reason: '' }));
  const change = (part: Partial<IncidentCorrection>) => setDraft((now) => ({ ...now, ...part }));
  const addressOf = (cameraId: string) => cameras.find(({ camera }) => camera.id === cameraId)?.camera.location?.address;
  const body = correctionBody(draft, before);
  const save = useMutation({
    mutationFn: () =>
      answerOf(api.PATCH('/api/v1/incidents/{alertId}', { params: { path: { alertId: before.id } }, body: correctionBody(draft, before) })),
    onSuccess: (corrected) => {
      alerts.take(corrected);
      onLeave();
    },
  });
  const refused = useRefusal(save.error, fieldIn(FIELDS));
  const empty = draft.reason.trim() === '' || Object.keys(body).length < 2 || isBadCoordinates(draft);
  function submit(event: FormEvent): void {
    event.preventDefault();
    if (!empty) save.mutate();
  }
  /** The address of the camera that was wrong is no place for the right one. */
  function chooseCamera(cameraId: string): void {
    const isAddress = draft.place !== '' && draft.place === addressOf(draft.cameraId);
    change({ cameraId, ...(isAddress && cameraId !== '' ? { place: '' } : {}) });
  }
  return (
    <Dialog label={words.editTitle} className="dialog dialog-wide" onLeave={onLeave}>
      <form className="incident-form" onSubmit={submit} data-testid="edit-incident-form">
        <h2>{words.editTitle}</h2>
        <p className="dialog-subject">
          <AlertTitle alert={before} />
        </p>
        <IncidentFields
          {...{ told: draft, change, refused }}
          byPhone={before.byHand?.source === 'phone-call'}
          placeOfCamera={addressOf(draft.cameraId)}
        >
          <label className="field">
            {text.camera}
            <select data-testid="incident-camera" value={draft.cameraId} onChange={(event) => chooseCamera(event.target.value)}>
              <option value="">{words.noCamera}</option>
              {before.cameraId !== null && !cameras.some(({ camera }) => camera.id === before.cameraId) && (
                <option value={before.cameraId}>{before.cameraName}</option>
              )}
              {cameras.map(({ camera }) => (
                <option key={camera.id} value={camera.id}>
                  {camera.name}
                </option>
              ))}
            </select>
            <small className={refused.fields['cameraId'] ? 'problem' : 'hint'}>{refused.fields['cameraId'] ?? words.cameraHint}</small>
          </label>
        </IncidentFields>
        <Field
          label={words.editReason}
          value={draft.reason}
          onChange={(reason) => change({ reason })}
          problem={refused.fields['reason']}
          hint={words.editReasonHint}
          testId="incident-reason"
        />
        {refused.general && (
          <p className="message message-error" role="alert">
            {refused.general}
          </p>
        )}
        <p className="hint">{words.updateSent}</p>
        <button type="submit" className="button button-primary" data-testid="save-incident" disabled={empty || save.isPending}>
          {words.save}
        </button>
      </form>
    </Dialog>
  );
}
