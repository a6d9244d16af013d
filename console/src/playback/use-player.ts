import { type RefObject, useEffect, useRef, useState } from 'react';
import { type PlaybackView, RecordingPlayer } from './recording-player.js';

/** A player on a video element, for as long as the camera is shown. @param startMs what is shown first, epoch ms */
export function usePlayer(
  video: RefObject<HTMLVideoElement | null>,
  cameraId: string,
  startMs: number,
): { player: RefObject<RecordingPlayer | null>; view: PlaybackView | null } {
  const player = useRef<RecordingPlayer | null>(null);
  const [view, setView] = useState<PlaybackView | null>(null);
  const start = useRef(startMs);
  useEffect(() => {
    if (!video.current) return;
    const running = new RecordingPlayer(video.current, cameraId, setView);
    player.current = running;
    running.seek(start.current);
    return () => {
      player.current = null;
      running.close();
    };
  }, [video, cameraId]);
  return { player, view };
}
