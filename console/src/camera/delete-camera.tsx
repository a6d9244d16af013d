import { useState } from 'react';
import { useLocation } from 'wouter';
import { Entry, FormDialog, textOf, useSend } from '../administration/parts.js';
import { answerOf, api } from '../api/client.js';
import type { CameraView } from '../api/types.js';
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
  const [, navigate] = useLocation();
  const { id, name } = item.camera;
  const remove = (comment: string) =>
    answerOf(api.DELETE('/api/v1/cameras/{cameraId}', { params: { path: { cameraId: id }, query: { comment } } }));
  const send = useSend(remove, ['cameras'], () => navigate('/cameras'));
  return (
    <FormDialog
      {...{ title: words.deleteTitle(name), about: words.deleteExplained, submit: words.deleteCamera, danger: true }}
      {...{ busy: send.isPending, error: send.error, onLeave }}
      onSubmit={(fields) => send.mutate(textOf(fields, 'comment'))}
    >
      <Entry name="comment" label={words.deleteReason} error={send.error} />
    </FormDialog>
  );
}
