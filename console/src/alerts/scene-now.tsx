import { useCameras } from '../api/queries.js';
import { useMay } from '../session/abilities.js';
import { useText } from '../text/language.js';
import { CameraPicture } from '../wall/camera-picture.js';

/** What the alert's camera sees now, to judge whether it is still going on. */
export function SceneNow({ cameraId }: { cameraId: string }) {
  const { text } = useText();
  const { cameras } = useCameras();
  const watches = useMay()('video:watch');
  const item = cameras.find(({ camera }) => camera.id === cameraId);
  if (!item || !watches) return null;
  return (
    <section className="card scene-now">
      <h2>{text.nowAtCamera}</h2>
      <CameraPicture item={item} showGeometry={false} labelled />
    </section>
  );
}
