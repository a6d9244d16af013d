import { useState } from 'react';
import type { Person } from '../api/types.js';
import { useNowMs } from '../shell/ticking.js';
import { dateOf, moment } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { AddPersonDialog } from './add-person-dialog.js';
import { administrationWords } from './administration-words.js';
import { Loaded, PageHead } from './parts.js';
import { PersonDialog } from './person-dialog.js';
import { usePeople, useUnitChoices } from './queries.js';

/** People of the own units: who they are, what they may do, add, change. */
export function PeoplePage() {
  const words = useWords(administrationWords);
  const query = usePeople();
  const [wanted, setWanted] = useState('');
  const [adding, setAdding] = useState(false);
  const [openName, setOpenName] = useState<string | null>(null);
  const open = query.data?.find(({ username }) => username === openName);
  return (
    <div className="page">
      <PageHead title={words.people} about={words.peopleAbout}>
        <input
          type="search"
          className="search"
          aria-label={words.search}
          placeholder={words.search}
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
        />
        <button type="button" className="button button-primary" data-testid="add-person" onClick={() => setAdding(true)}>
          {words.addPerson}
        </button>
      </PageHead>
      <Loaded query={query}>{(people) => <PeopleTable people={people} wanted={wanted} onOpen={setOpenName} />}</Loaded>
      {adding && <AddPersonDialog onLeave={() => setAdding(false)} />}
      {open && <PersonDialog person={open} onLeave={() => setOpenName(null)} />}
    </div>
  );
}

const plain = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').replace(/đ/gi, 'd').toLowerCase();

function PeopleTable({ people, wanted, onOpen }: { people: Person[]; wanted: string; onOpen: (username: string) => void }) {
  const words = useWords(administrationWords);
  const { nameOf } = useUnitChoices();
  const shown = people.filter(({ username, displayName }) => plain(`${username} ${displayName}`).includes(plain(wanted)));
  if (shown.length === 0) return <p className="page-note">{words.nobody}</p>;
  return (
    <table className="table" data-testid="people">
      <thead>
        <tr>
          <th>{words.displayName}</th>
          <th>{words.username}</th>
          <th>{words.units}</th>
          <th>{words.rolesNow}</th>
          <th>{words.secondFactor}</th>
          <th>{words.lastSeen}</th>
          <th>{words.state}</th>
          <th />
        </tr>
      </thead>
      <tbody>
        {shown.map((person) => (
          <PersonRow key={person.username} {...{ person, nameOf, onOpen }} />
        ))}
      </tbody>
    </table>
  );
}

function PersonRow(props: { person: Person; nameOf: (unitId: string) => string; onOpen: (username: string) => void }) {
  const { text, language } = useText();
  const words = useWords(administrationWords);
  const nowMs = useNowMs();
  const { username, displayName, unitId, grants, disabled, secondFactor, lastSeenMs } = props.person;
  return (
    <tr className={disabled ? 'row-over' : undefined} data-testid={`person-${username}`}>
      <td>{displayName}</td>
      <td className="code">{username}</td>
      <td>{props.nameOf(unitId)}</td>
      <td>
        {grants.map((grant) => (
          <span key={grant.id} className="chip">
            {text.roles[grant.role] ?? grant.role}
            {grant.unitId !== unitId && ` · ${props.nameOf(grant.unitId)}`}
            {grant.cameraIds && ` · ${words.someCameras(grant.cameraIds.length)}`}
            {grant.untilMs !== null && ` · ${grant.untilMs <= nowMs ? words.expired : words.untilDay(dateOf(grant.untilMs, language))}`}
          </span>
        ))}
      </td>
      <td>{secondFactor ? words.on : words.off}</td>
      <td>{lastSeenMs === null ? words.never : moment(lastSeenMs, nowMs, language)}</td>
      <td>{disabled ? words.disabled : words.active}</td>
      <td className="row-acts">
        <button type="button" className="button button-small" data-testid={`open-${username}`} onClick={() => props.onOpen(username)}>
          {words.open}
        </button>
      </td>
    </tr>
  );
}
