import type { CameraConfig, PrivacyMask } from '@safecity/contracts';
import sharp from 'sharp';

/** What a stream is masked with; the order and the names of masks make no difference. */
export type MaskPolygons = readonly PrivacyMask['polygon'][];

/** What the video of a camera is masked with. */
export function masksOf({ privacyMasks = [] }: Pick<CameraConfig, 'privacyMasks'>): MaskPolygons {
  return privacyMasks.map(({ polygon }) => polygon);
}

/** The grid the masks are drawn on, whatever the picture's size: a corner is exact to 1/1920 of the width. */
const GRID_WIDTH = 1920;
const GRID_HEIGHT = 1080;
/** Border that is painted too, in cells of the grid on either side: rounding never uncovers anything. */
const BORDER = 1;
/** Before any picture: the mask is there first. */
const LONG_BEFORE_S = 3600;

/** White where nothing may be seen, black elsewhere; 1 bit deep, a few kB. */
async function drawMask(polygons: MaskPolygons): Promise<Buffer> {
  const shapes = polygons.map((polygon) => {
    const points = polygon.map(([x, y]) => `${x * GRID_WIDTH},${y * GRID_HEIGHT}`).join(' ');
    return `<polygon points="${points}" fill="white" stroke="white" stroke-width="${2 * BORDER}" stroke-linejoin="round"/>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${GRID_WIDTH}" height="${GRID_HEIGHT}"><rect width="100%" height="100%"/>${shapes.join('')}</svg>`;
  return sharp(Buffer.from(svg)).greyscale().threshold(1).png({ compressionLevel: 9, palette: true, colours: 2 }).toBuffer();
}

/** Escapes a value for an option of a filter and once more for the filter graph. */
function escaped(value: string): string {
  return value.replace(/[\\':]/g, '\\$&').replace(/[\\'[\],;]/g, '\\$&');
}

/**
 * A chain of ffmpeg filters that paints polygons (0..1) black; others may be appended to it with commas. Pictures come
 * out as 4:2:0, 8 bit. The mask travels inside the text, so that the chain can be built anew when the picture changes
 * its size, and it fits itself to that size. `maskedmerge` gives nothing out as long as it has no mask: what goes wrong
 * with the mask costs the picture, never the privacy.
 */
export async function privacyMaskFilter(polygons: MaskPolygons): Promise<string> {
  const mask = `data:image/png;base64,${(await drawMask(polygons)).toString('base64')}`;
  return [
    'format=yuv420p[picture]',
    `movie=filename=${escaped(mask)}:format_name=png_pipe,format=gray,setpts=PTS-${LONG_BEFORE_S}/TB[drawn]`,
    '[drawn][picture]scale2ref=flags=neighbor[grid][base]',
    '[grid]split[luma][fine]',
    // A chroma sample belongs to four pixels: it is painted when one of them is.
    "[fine]scale=trunc((iw+1)/2):trunc((ih+1)/2):flags=area,lut=c0='if(val,255,0)',split[u][v]",
    '[luma][u][v]mergeplanes=0x001020:yuv420p,split[mask][form]',
    '[form]lutyuv=y=16:u=128:v=128[black]',
    '[base][black][mask]maskedmerge',
  ].join(';');
}
