import { type CsvColumn, csvText } from '../server/csv.js';
import type { Track } from './track-schemas.js';

/** Where a camera stands, as `cameras` has it. */
export type CameraPlaces = ReadonlyMap<string, { name: string; longitude?: number; latitude?: number }>;

const CSV_COLUMNS: readonly CsvColumn<Track>[] = [
  ['camera', (track: Track) => track.cameraId],
  ['track', (track: Track) => track.trackId],
  ['class', (track: Track) => track.class],
  ['first', (track: Track) => new Date(track.firstMs).toISOString()],
  ['last', (track: Track) => new Date(track.lastMs).toISOString()],
  ['duration_ms', (track: Track) => track.durationMs],
  ['zones', (track: Track) => track.zoneIds.join(' ')],
  ['heading', (track: Track) => track.heading],
  ['mean_speed_kmh', (track: Track) => track.meanSpeedKmh],
  ['colour', (track: Track) => track.colour],
  ['plate', (track: Track) => track.plate],
  ['score', (track: Track) => track.score],
];

/** Tracks as CSV with a line of headings. */
export const tracksCsv = (tracks: readonly Track[]): string => csvText(CSV_COLUMNS, tracks);

/** Tracks as GeoJSON (RFC 7946): each at the place of its camera, without geometry where that is not known. */
export function tracksGeoJson(tracks: readonly Track[], places: CameraPlaces): string {
  const features = tracks.map((track) => {
    const place = places.get(track.cameraId);
    const { id, ...properties } = track;
    const geometry =
      place?.longitude === undefined || place.latitude === undefined
        ? null
        : { type: 'Point', coordinates: [place.longitude, place.latitude] };
    return { type: 'Feature', id, geometry, properties: { ...properties, cameraName: place?.name ?? track.cameraId } };
  });
  return JSON.stringify({ type: 'FeatureCollection', features });
}
