import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answerOf, api } from '../api/client.js';
import type { CameraView } from '../api/types.js';
import { useMay } from '../session/abilities.js';
import { useNowMs } from '../shell/ticking.js';
import { moment } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { cameraWords } from './words.js';

/** The intended view beside the live picture, and for administrators the way to keep it. */
export function ReferenceCard({ item }: { item: CameraView }) {
  const words = useWords(cameraWords);
  const { language } = useText();
  const nowMs = useNowMs();
  const may = useMay();
  const client = useQueryClient();
  const [failed, setFailed] = useState(false);
  const [asking, setAsking] = useState(false);
  const { camera, referencePicture } = item;
  if (!may('video:watch') || (!referencePicture && !may('cameras:write'))) return null;

  async function take(): Promise<void> {
    setAsking(false);
    const path = { cameraId: camera.id };
    const kept = await answerOf(api.PUT('/api/v1/cameras/{cameraId}/reference-picture', { params: { path } })).then(
      () => true,
      () => false,
    );
    setFailed(!kept);
    await client.invalidateQueries({ queryKey: ['cameras'] });
  }

  return (
    <section className="card reference-card" data-testid="reference-card">
      <h2>{words.reference}</h2>
      {referencePicture ? (
        <>
          <img
            className="reference-picture"
            src={`/api/v1/cameras/${camera.id}/reference-picture?takenAtMs=${referencePicture.takenAtMs}`}
            alt={words.reference}
          />
          <p className="hint">{words.referenceTaken(moment(referencePicture.takenAtMs, nowMs, language), referencePicture.takenBy)}</p>
        </>
      ) : (
        <p className="hint">{words.referenceNone}</p>
      )}
      {failed && (
        <p className="message message-error" role="alert">
          {words.referenceFailed}
        </p>
      )}
      {may('cameras:write') && !asking && (
        <button
          type="button"
          className="button"
          data-testid="take-reference"
          onClick={() => (referencePicture ? setAsking(true) : void take())}
        >
          {referencePicture ? words.referenceAgain : words.referenceTake}
        </button>
      )}
      {asking && (
        <div className="buttons">
          <span>{words.referenceConfirm}</span>
          <button type="button" className="button button-primary" onClick={() => void take()}>
            {words.referenceAgain}
          </button>
          <button type="button" className="button" onClick={() => setAsking(false)}>
            {words.cancel}
          </button>
        </div>
      )}
    </section>
  );
}
