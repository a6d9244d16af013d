import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useEffect, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useCameras } from '../api/queries.js';
import type { CameraView } from '../api/types.js';
import type { Refusal } from '../refusals/refusal.js';
import { useRefusal } from '../refusals/refused.js';
import { useMay } from '../session/abilities.js';
import { useText } from '../text/language.js';
import type { Dictionary } from '../text/vi.js';
import { useWords } from '../text/words.js';
import {
  ADVANCED_FIELDS,
  type CameraDraft,
  CERTIFICATE_FIELDS,
  type DraftProblem,
  type DraftProblems,
  draftField,
  draftProblems,
  idFromName,
  PLACE_FIELDS,
  splitAddress,
  type TextField,
} from './camera-draft.js';
import { CameraFormAdvanced } from './camera-form-advanced.js';
import { CameraFormCertificate, CameraFormPlace } from './camera-form-place.js';
import { draftOf } from './camera-of-draft.js';
import { saveCamera } from './camera-save.js';
import { Field } from './field.js';
import { OnvifFinder } from './onvif-finder.js';
import { TryCamera } from './try-camera.js';
import { cameraWords } from './words.js';

/** Page: add a camera by its RTSP address. */
export function AddCameraPage() {
  const { text } = useText();
  return useMay()('cameras:write') ? <CameraForm stored={null} /> : <p className="page-note">{text.onlyAdministrators}</p>;
}

/** Page: mend a camera's name, address or credentials. */
export function EditCameraPage({ id }: { id: string }) {
  const { text } = useText();
  const addsCameras = useMay()('cameras:write');
  const { cameras, loaded } = useCameras();
  const stored = cameras.find(({ camera }) => camera.id === id);
  if (!addsCameras) return <p className="page-note">{text.onlyAdministrators}</p>;
  if (!stored) return <p className="page-note">{loaded ? text.notFound : text.loading}</p>;
  return <CameraForm key={`${id}-${stored.camera.revision}`} stored={stored} />;
}

function problemWords(text: Dictionary): Record<DraftProblem, string> {
  return {
    missing: text.formMissing,
    'bad-id': text.formBadId,
    'bad-url': text.formBadUrl,
    'bad-number': text.formBadNumber,
    'bad-country': text.formBadCountry,
    'user-without-password': text.formUserWithoutPassword,
  };
}

/** What is typed, and the changes that follow from it: an id made from the name, credentials taken out of the address. */
function useDraft(stored: CameraView | null) {
  const [draft, setDraft] = useState(() => draftOf(stored));
  const [idTyped, setIdTyped] = useState(stored !== null);
  const [problems, setProblems] = useState<DraftProblems>({});
  function change(part: Partial<CameraDraft>): void {
    const next = { ...draft, ...part };
    if (part.id !== undefined) setIdTyped(part.id !== '');
    else if (part.name !== undefined && !idTyped) next.id = idFromName(part.name);
    setDraft(next);
    const still = Object.entries(problems).filter(([field]) => !(field in part) && !(field === 'id' && 'name' in part));
    setProblems(Object.fromEntries(still));
  }
  return { draft, problems, setProblems, change };
}

function CameraForm({ stored }: { stored: CameraView | null }) {
  const { text } = useText();
  const [, navigate] = useLocation();
  const client = useQueryClient();
  const { draft, problems, setProblems, change } = useDraft(stored);
  const [error, setError] = useState<unknown>(null);
  const refusal = useRefusal(error, draftField);
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    const found = draftProblems(draft);
    setProblems(found);
    setError(null);
    if (Object.keys(found).length > 0) return;
    setBusy(true);
    try {
      await saveCamera(draft, stored);
      await client.invalidateQueries({ queryKey: ['cameras'] });
      navigate(`/cameras/${draft.id}`);
    } catch (error) {
      setError(error);
      setBusy(false);
    }
  }

  const wrong = { ...problems, ...refusal.fields };
  const isWrong = (fields: readonly (keyof CameraDraft)[]) => fields.some((name) => name in wrong);
  const cameraTexts = useWords(cameraWords);
  const words = problemWords(text);
  const field = (name: TextField) => {
    const problem = problems[name];
    return {
      value: draft[name],
      onChange: (value: string) => change({ [name]: value }),
      problem: problem ? words[problem] : refusal.fields[name],
      testId: `camera-${name}`,
    };
  };
  const kept = stored?.hasCredentials ? text.formKept : undefined;
  return (
    <form className="page camera-form" onSubmit={(event) => void submit(event)} noValidate>
      <header className="page-head">
        <Link href={stored ? `/cameras/${stored.camera.id}` : '/cameras'} className="button" aria-label={text.back}>
          ←
        </Link>
        <h1 className="page-title">{stored ? text.editCamera : text.addCamera}</h1>
      </header>
      {error !== null && <RefusalNotice refusal={refusal} />}
      <Field label={text.formName} {...field('name')} />
      <Field label={text.formId} hint={stored ? undefined : text.formIdHint} {...field('id')} code readOnly={stored !== null} />
      <Field
        label={text.formUrl}
        hint={text.formUrlHint}
        {...field('url')}
        placeholder="rtsp://10.0.0.20:554/stream1"
        code
        onBlur={() => change(splitAddress(draft.url))}
      />
      <div className="field-pair">
        <Field label={`${text.formUser} (${text.formOptional})`} hint={kept} {...field('username')} />
        <Field label={`${text.formPassword} (${text.formOptional})`} hint={kept} {...field('password')} type="password" />
      </div>
      <label className="field">
        {text.formTransport}
        <select value={draft.transport} onChange={(event) => change({ transport: event.target.value as CameraDraft['transport'] })}>
          <option value="tcp">{text.formTcp}</option>
          <option value="udp">{text.formUdp}</option>
        </select>
      </label>
      <OnvifFinder draft={draft} change={change} />
      <TryCamera draft={draft} cameraId={stored?.camera.id ?? null} />
      <Fold title={cameraTexts.place} testId="camera-place" wrong={isWrong(PLACE_FIELDS)}>
        <CameraFormPlace draft={draft} change={change} field={field} />
      </Fold>
      <Fold title={cameraTexts.certificateTitle} testId="camera-certificate" wrong={isWrong(CERTIFICATE_FIELDS)}>
        <CameraFormCertificate field={field} />
      </Fold>
      <Fold title={text.formAdvanced} testId="camera-advanced" wrong={isWrong(ADVANCED_FIELDS)}>
        <CameraFormAdvanced draft={draft} change={change} field={field} />
      </Fold>
      {stored && <Field label={cameraTexts.formComment} {...field('comment')} />}
      <button type="submit" className="button button-primary" data-testid="camera-save" disabled={busy}>
        {busy ? text.formSaving : text.formSave}
      </button>
    </form>
  );
}

/** A part of the form that only some cameras need; it opens by itself when something in it is wrong. */
function Fold(props: { title: string; testId: string; wrong: boolean; children: ReactNode }) {
  const [open, setOpen] = useState(false);
  const { wrong } = props;
  useEffect(() => {
    if (wrong) setOpen(true);
  }, [wrong]);
  return (
    <details className="fold" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary data-testid={props.testId}>{props.title}</summary>
      {props.children}
    </details>
  );
}

function RefusalNotice({ refusal }: { refusal: Refusal }) {
  const { text } = useText();
  return (
    <div className="message message-error" role="alert" data-testid="camera-refused">
      <strong>{text.formRefused}</strong> <span className="code">{refusal.code}</span>
      {refusal.general !== null && <p className="refusal">{refusal.general}</p>}
    </div>
  );
}
