import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answerOf, api } from '../api/client.js';
import type { CameraView } from '../api/types.js';
import { useMay } from '../session/abilities.js';
import { useCameraState } from '../session/streams.js';
import { useText } from '../text/language.js';

/** Presets of a camera that turns and zooms: at which it stands, which are learnt, and for administrators how to teach them. */
export function PresetsCard({ item }: { item: CameraView }) {
  const { text } = useText();
  const addsCameras = useMay()('cameras:write');
  const client = useQueryClient();
  const [failed, setFailed] = useState(false);
  const { camera } = item;
  const state = useCameraState(camera.id, item.status);
  if (!camera.presets || camera.presets.length === 0) return null;

  async function teach(presetId: string): Promise<void> {
    const path = { cameraId: camera.id, presetId };
    const isSaved = await answerOf(api.POST('/api/v1/cameras/{cameraId}/presets/{presetId}/taught', { params: { path } })).then(
      () => true,
      () => false,
    );
    setFailed(!isSaved);
    await client.invalidateQueries({ queryKey: ['cameras'] });
  }

  return (
    <section className="card" data-testid="presets">
      <h2>{text.presets}</h2>
      {failed && <p className="message message-error">{text.presetTeachFailed}</p>}
      <ul className="lines">
        {camera.presets.map(({ id, name }) => (
          <li key={id} className="wraps">
            <span>{name}</span>
            {state?.health?.presetId === id && <span className="chip">{text.presetHere}</span>}
            {state && !state.learntPresets?.includes(id) && <span className="chip">{text.presetUntaught}</span>}
            {addsCameras && (
              <button type="button" className="button end" data-testid={`teach-${id}`} onClick={() => void teach(id)}>
                {text.presetTeach}
              </button>
            )}
          </li>
        ))}
      </ul>
      {addsCameras && <p className="hint">{text.presetTeachHint}</p>}
    </section>
  );
}
