/** Wide enough for a tile and for a look at the camera page; MPEG-1 is decoded by JavaScript in the browser. */
const MAX_WIDTH_PX = 640;

const even = (value: number) => Math.max(2, 2 * Math.floor(value / 2));

/** Size of the transcoded picture: at most 640 wide, never larger than the camera's, even numbers. */
export function transcodedSize(camera: { widthPx: number; heightPx: number }): { widthPx: number; heightPx: number } {
  const scale = Math.min(1, MAX_WIDTH_PX / camera.widthPx);
  return { widthPx: even(camera.widthPx * scale), heightPx: even(camera.heightPx * scale) };
}
