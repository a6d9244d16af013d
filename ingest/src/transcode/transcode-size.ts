/** Wide enough for a tile and for a look at the camera page; MPEG-1 is decoded by JavaScript in the browser. */
const LIVE_WIDTH_PX = 640;
/** Of recordings as H.264: with the decoding of 1080p25, 0.27 of a core in real time. */
const PLAYBACK_WIDTH_PX = 960;

interface Size {
  widthPx: number;
  heightPx: number;
}

const even = (value: number) => Math.max(2, 2 * Math.floor(value / 2));

function fitted(camera: Size, mostPx: number): Size {
  const scale = Math.min(1, mostPx / camera.widthPx);
  return { widthPx: even(camera.widthPx * scale), heightPx: even(camera.heightPx * scale) };
}

/** Size of transcoded live video: at most 640 wide, never larger than the camera's, even numbers. */
export const transcodedSize = (camera: Size): Size => fitted(camera, LIVE_WIDTH_PX);

/** Size of a transcoded recording: at most 960 wide, never larger than what is recorded, even numbers. */
export const playbackSize = (recorded: Size): Size => fitted(recorded, PLAYBACK_WIDTH_PX);
