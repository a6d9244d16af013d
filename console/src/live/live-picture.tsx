import { type ReactNode, useEffect, useMemo, useRef } from 'react';
import type { Camera } from '../api/types.js';
import { useMeta } from '../session/meta.js';
import { useStreams } from '../session/streams.js';
import { roughDuration } from '../text/format.js';
import { useText } from '../text/language.js';
import type { OverlayWords } from './overlay-painter.js';
import { PictureSession, type PictureView } from './picture-session.js';

/** Texts of the overlay in the operator's language. */
function useOverlayWords(): OverlayWords {
  const { text, pick, language } = useText();
  const meta = useMeta();
  // biome-ignore lint/correctness/useExhaustiveDependencies: `pick` is new at each render and depends on the language alone
  return useMemo(
    () => ({
      classNames: Object.fromEntries(meta.classes.map(({ id, name }) => [id, pick(name)])),
      ruleTypeNames: Object.fromEntries(meta.ruleTypes.map(({ id, name }) => [id, pick(name)])),
      persons: text.persons,
      left: text.left,
      right: text.right,
      standing: (ms) => roughDuration(ms, language),
    }),
    [meta, language],
  );
}

/**
 * One camera's picture with its boxes. The words about it (label, age) belong to whoever shows it and come by `onView`.
 * @param props.showGeometry draws zones and lines
 */
export function LivePicture(props: {
  camera: Camera;
  view: PictureView | null;
  showGeometry: boolean;
  onView: (view: PictureView) => void;
  children?: ReactNode;
}) {
  const { camera, view, showGeometry, onView } = props;
  const { overlay: hub } = useStreams();
  const words = useOverlayWords();
  const video = useRef<HTMLVideoElement>(null);
  const screen = useRef<HTMLCanvasElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const session = useRef<PictureSession | null>(null);
  const overlay = useRef({ showGeometry, words });
  overlay.current = { showGeometry, words };

  useEffect(() => {
    if (!video.current || !screen.current || !canvas.current) return;
    const elements = { video: video.current, screen: screen.current, canvas: canvas.current };
    const running = new PictureSession({ ...elements, camera, hub, overlay: overlay.current, onView });
    session.current = running;
    return () => {
      session.current = null;
      running.close();
    };
  }, [camera, hub, onView]);

  useEffect(() => session.current?.setOverlay({ showGeometry, words }), [showGeometry, words]);

  return (
    <div className={`picture${view && view.staleMs !== null ? ' picture-stale' : ''}`}>
      <video
        ref={video}
        data-testid={`video-${camera.id}`}
        muted
        playsInline
        disablePictureInPicture
        hidden={view?.stillAddress != null}
        aria-label={camera.name}
      />
      <canvas
        ref={screen}
        className="picture-transcoded"
        data-testid={`transcoded-${camera.id}`}
        role="img"
        aria-label={camera.name}
        hidden={view?.transcodedFrom == null}
      />
      {view?.stillAddress && <img src={view.stillAddress} alt={camera.name} />}
      <canvas ref={canvas} data-testid={`overlay-${camera.id}`} data-track-count="0" />
      {props.children}
    </div>
  );
}
