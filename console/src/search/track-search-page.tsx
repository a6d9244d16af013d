import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { answerOf, api } from '../api/client.js';
import { useCameras } from '../api/queries.js';
import type { paths } from '../api/schema.generated';
import { useMay } from '../session/abilities.js';
import { useMeta } from '../session/meta.js';
import { useNowMs } from '../shell/ticking.js';
import { useAddress } from '../span/use-address.js';
import { dateOf, duration, number, timeOfDay } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { Results } from './results.js';
import { Choice, SearchForm, Typed } from './search-form.js';
import { fileAddress, TRACK_FIELDS, trackQuery } from './search-query.js';
import { words } from './words.js';

type Track = paths['/api/v1/tracks']['get']['responses'][200]['content']['application/json']['tracks'][number];

/** Vehicles and people that have passed, by what is archived of them. The search stands in the address. */
export function TrackSearchPage() {
  const text = useWords(words);
  const may = useMay();
  const nowMs = Math.floor(useNowMs() / 60_000) * 60_000;
  const { query, change } = useAddress();
  const asked = trackQuery(query, nowMs);
  const result = useInfiniteQuery({
    queryKey: ['track-search', asked],
    queryFn: ({ pageParam }) =>
      answerOf(api.GET('/api/v1/tracks', { params: { query: { ...asked, limit: 50, ...(pageParam ? { cursor: pageParam } : {}) } } })),
    initialPageParam: '',
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });
  const files = (['csv', 'geojson'] as const).map((format): [string, string] => [
    text[format],
    fileAddress('tracks-export', { ...asked, format }),
  ]);
  return (
    <article className="page search-page" data-testid="track-search">
      <h1>{text.tracksTitle}</h1>
      <div className="search-columns">
        <SearchForm query={query} nowMs={nowMs} fields={TRACK_FIELDS} change={change}>
          <Conditions query={query} />
        </SearchForm>
        <section className="search-results">
          <Results result={result} rowsOf={({ tracks }) => tracks} empty={text.noTracks} files={may('tracks:export') ? files : []}>
            {(rows) => (
              <ul className="found-list">
                {rows.map((track) => (
                  <FoundTrack key={track.id} track={track} />
                ))}
              </ul>
            )}
          </Results>
        </section>
      </div>
    </article>
  );
}

function Conditions({ query }: { query: URLSearchParams }) {
  const own = useWords(words);
  const { pick } = useText();
  const { classes } = useMeta();
  const { cameras } = useCameras();
  const zones = cameras.find(({ camera }) => camera.id === query.get('camera'))?.camera.zones ?? [];
  return (
    <>
      <Choice
        name="class"
        label={own.class}
        query={query}
        choices={[['vehicle', own.vehicles], ...classes.map(({ id, name }): [string, string] => [id, pick(name)])]}
      />
      <Choice name="camera" label={own.camera} query={query} choices={cameras.map(({ camera }) => [camera.id, camera.name])} />
      {zones.length > 0 && <Choice name="zone" label={own.zone} query={query} choices={zones.map(({ id, name }) => [id, name])} />}
      <Choice name="colour" label={own.colour} query={query} choices={Object.entries(own.colours)} />
      <Typed name="plate" label={own.plate} query={query} hint={own.plateHint} />
      <Choice
        name="near"
        label={own.near}
        any={own.nearChoices[0] ?? ''}
        query={query}
        choices={own.nearChoices.map((label, index) => [String(index), label] as const).slice(1)}
      />
      <Choice name="heading" label={own.heading} query={query} choices={Object.entries(own.headings)} />
      <div className="search-pair">
        <Typed name="minSpeed" label={own.minSpeed} query={query} type="number" />
        <Typed name="maxSpeed" label={own.maxSpeed} query={query} type="number" />
      </div>
      <div className="search-pair">
        <Typed name="minDuration" label={own.minDuration} query={query} type="number" />
        <Typed name="maxDuration" label={own.maxDuration} query={query} type="number" />
      </div>
    </>
  );
}

/** The track in its picture, as long as memory or the recording holds it. */
function TrackThumb({ track, label }: { track: Track; label: string }) {
  const own = useWords(words);
  const mayWatch = useMay()('recording:watch');
  const [gone, setGone] = useState(false);
  if (gone || !mayWatch) return <span className="thumb thumb-empty">{own.noPicture}</span>;
  return (
    <img
      className="thumb"
      src={`/api/v1/tracks/${track.id}/thumbnail?width=192`}
      alt={`${own.picture}: ${label}`}
      loading="lazy"
      onError={() => setGone(true)}
    />
  );
}

function FoundTrack({ track }: { track: Track }) {
  const own = useWords(words);
  const watches = useMay()('recording:watch');
  const { language, pick } = useText();
  const { classes } = useMeta();
  const { cameras } = useCameras();
  const known = classes.find(({ id }) => id === track.class);
  const name = known ? pick(known.name) : track.class;
  const camera = cameras.find(({ camera: one }) => one.id === track.cameraId)?.camera;
  return (
    <li>
      <Link
        href={watches ? `/playback/${track.cameraId}?at=${Math.round(track.firstMs)}` : `/cameras/${track.cameraId}`}
        className="found"
        data-testid={`found-${track.id}`}
      >
        <span className="found-thumb">
          <TrackThumb track={track} label={name} />
        </span>
        <span className="found-time">
          <time dateTime={new Date(track.firstMs).toISOString()}>{timeOfDay(track.firstMs, language)}</time>
          <small>{dateOf(track.firstMs, language)}</small>
        </span>
        <span className="found-what">
          <strong>
            {name}
            {track.colour && ` ${own.colours[track.colour]}`}
          </strong>
          <small>{track.heading && own.headings[track.heading]}</small>
        </span>
        <span className="found-where">
          {camera?.name ?? track.cameraId}
          <small>{camera?.location?.address}</small>
        </span>
        <span className="found-more">
          {track.plate && <span className="code">{track.plate}</span>}
          <small>{track.meanSpeedKmh !== null && `${number(track.meanSpeedKmh, language, 0)} km/h`}</small>
        </span>
        <small>{duration(track.durationMs, language)}</small>
      </Link>
    </li>
  );
}
