import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useCameras } from '../api/queries.js';
import type { CameraView } from '../api/types.js';
import { useDeskActions } from '../desk/desk-actions.js';
import { FlagMark } from '../flags/flag-mark.js';
import { useFlags } from '../flags/use-flags.js';
import type { PictureView } from '../live/picture-session.js';
import { words as playbackWords } from '../playback/words.js';
import { useMay } from '../session/abilities.js';
import { useShortcuts } from '../shell/shortcuts.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { CameraPicture, PictureLabel } from '../wall/camera-picture.js';
import { useGeometryShown } from '../wall/use-geometry-shown.js';
import { TileActions } from '../wall/wall-tools.js';
import { CameraFacts } from './camera-facts.js';
import { GeometryCard, RulesCard } from './camera-rules.js';
import { CertificateCard } from './certificate-card.js';
import { PresetsCard } from './presets-card.js';
import { ReferenceCard } from './reference-card.js';
import { cameraWords } from './words.js';

/** One camera: its picture large, with its zones and lines, its rules in words and its state in figures. */
export function CameraPage({ id }: { id: string }) {
  const { text } = useText();
  const [, navigate] = useLocation();
  const { cameras, loaded } = useCameras();
  const item = cameras.find(({ camera }) => camera.id === id);
  const at = cameras.findIndex(({ camera }) => camera.id === id);
  const go = (by: number) => {
    const next = cameras[(at + by + cameras.length) % cameras.length];
    if (next) navigate(`/cameras/${next.camera.id}`, { replace: true });
  };
  useShortcuts({ escape: () => navigate('/'), arrowright: () => go(1), arrowleft: () => go(-1) });
  if (!item) return <p className="page-note">{loaded ? text.notFound : text.loading}</p>;
  return <OneCamera key={id} item={item} />;
}

function OneCamera({ item }: { item: CameraView }) {
  const { text } = useText();
  const words = useWords(cameraWords);
  const { camera } = item;
  const may = useMay();
  const addsCameras = may('cameras:write');
  const playback = useWords(playbackWords);
  const [showGeometry, toggleGeometry] = useGeometryShown(true);
  const [view, setView] = useState<PictureView | null>(null);
  const { openIncident, flagCamera } = useDeskActions();
  const flags = useFlags().get(camera.id) ?? [];
  useShortcuts({ z: toggleGeometry, g: () => flagCamera(camera.id), i: () => openIncident(camera.id) });
  return (
    <article className="page camera-page" data-testid="camera-page">
      <header className="page-head">
        <Link href="/" className="button" aria-label={text.back}>
          ← <kbd>Esc</kbd>
        </Link>
        <div className="page-title">
          <h1>{camera.name}</h1>
          <p>
            {camera.location?.address ?? camera.id}{' '}
            {(camera.groups ?? []).map((group) => (
              <span key={group} className="chip">
                {group}
              </span>
            ))}
          </p>
        </div>
        <PictureLabel view={view} />
        {may('recording:watch') && (
          <Link href={`/playback/${camera.id}`} className="button" data-testid="to-playback">
            ↺ {playback.title}
          </Link>
        )}
        <TileActions cameraId={camera.id} />
        {addsCameras && (
          <Link href={`/cameras/${camera.id}/versions`} className="button">
            {words.versions}
          </Link>
        )}
        {addsCameras && (
          <Link href={`/cameras/${camera.id}/edit`} className="button" data-testid="edit-camera">
            {text.editCamera}
          </Link>
        )}
        <button type="button" className="button" aria-pressed={showGeometry} onClick={toggleGeometry}>
          {text.showZones} <kbd>Z</kbd>
        </button>
      </header>
      <div className="camera-columns">
        <div className="camera-picture" data-stale={view?.staleMs != null}>
          <CameraPicture item={item} showGeometry={showGeometry} onView={setView} />
          <FlagMark flags={flags} />
        </div>
        <div className="camera-side">
          <RulesCard camera={camera} />
          <GeometryCard camera={camera} />
          <PresetsCard item={item} />
          <CertificateCard item={item} />
          <ReferenceCard item={item} />
          <CameraFacts item={item} />
        </div>
      </div>
    </article>
  );
}
