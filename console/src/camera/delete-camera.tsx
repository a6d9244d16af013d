import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { ApiError, answerOf, api } from '../api/client.js';
import type { CameraView } from '../api/types.js';
import { Dialog } from '../shell/dialog.js';
import { useWords } from '../text/words.js';
import { cameraWords } from './words.js';

/** The way to delete a camera: asks for a reason; its versions and alerts stay, and it can be brought back. */
export function DeleteCamera({ item }: { item: CameraView }) {
  const words = useWords(cameraWords);
  const [asking, setAsking] = useState(false);
  return (
    <>
      <button
        type="button"
        className="button-link"
        data-testid={`delete-${item.camera.id}`}
        aria-label={words.deleteTitle(item.camera.name)}
        onClick={() => setAsking(true)}
      >
        {words.delete}
      </button>
      {asking && <DeleteDialog item={item} onLeave={() => setAsking(false)} />}
    </>
  );
}

function DeleteDialog({ item, onLeave }: { item: CameraView; onLeave: () => void }) {
  const words = useWords(cameraWords);
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const [reason, setReason] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const { id, name } = item.camera;

  async function remove(): Promise<void> {
    if (reason.trim() === '') return setProblem(words.restoreNeedsReason);
    setBusy(true);
    try {
      const params = { path: { cameraId: id }, query: { comment: reason.trim() } };
      await answerOf(api.DELETE('/api/v1/cameras/{cameraId}', { params }));
      await client.invalidateQueries();
      navigate('/cameras');
    } catch (error) {
      setProblem(error instanceof ApiError && error.message !== '' ? `${words.refusedBy} ${error.message}` : words.failed);
      setBusy(false);
    }
  }

  return (
    <Dialog label={words.deleteTitle(name)} onLeave={onLeave}>
      <form
        className="dialog-form"
        onSubmit={(event) => {
          event.preventDefault();
          void remove();
        }}
      >
        <h2>{words.deleteTitle(name)}</h2>
        <p>{words.deleteExplained}</p>
        <label className="field">
          {words.deleteReason}
          <input value={reason} maxLength={500} data-testid="delete-reason" onChange={(event) => setReason(event.target.value)} />
        </label>
        {problem && (
          <p className="message message-error" role="alert">
            {problem}
          </p>
        )}
        <div className="buttons">
          <button type="submit" className="button button-primary" disabled={busy} data-testid="delete-confirm">
            {words.deleteCamera}
          </button>
          <button type="button" className="button" onClick={onLeave}>
            {words.cancel}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
