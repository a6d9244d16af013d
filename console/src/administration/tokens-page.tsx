import { useState } from 'react';
import { answerOf, api } from '../api/client.js';
import type { Token } from '../api/types.js';
import { useNowMs } from '../shell/ticking.js';
import { dateOf, moment } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { administrationWords } from './administration-words.js';
import { CamerasField } from './grant-fields.js';
import { Choice, Entry, FormDialog, Loaded, PageHead, ReasonEntry, ShownOnce, textOf, useSend } from './parts.js';
import { useTokens, useUnitChoices } from './queries.js';
import { dayOf, startOfDay } from './vietnam-time.js';

const DAY_MS = 86_400_000;
type Doing = { what: 'create' } | { what: 'rotate' | 'revoke'; token: Token } | { what: 'secret'; secret: string };

/** Tokens with which other systems come in. */
export function TokensPage() {
  const words = useWords(administrationWords);
  const query = useTokens();
  const [doing, setDoing] = useState<Doing | null>(null);
  const leave = () => setDoing(null);
  const shown = ({ secret }: { secret: string }) => setDoing({ what: 'secret', secret });
  return (
    <div className="page">
      <PageHead title={words.tokens} about={words.tokensAbout}>
        <button type="button" className="button button-primary" data-testid="add-token" onClick={() => setDoing({ what: 'create' })}>
          {words.addToken}
        </button>
      </PageHead>
      <Loaded query={query}>{(tokens) => <TokenTable tokens={tokens} onDo={setDoing} />}</Loaded>
      {doing?.what === 'create' && <CreateDialog onLeave={leave} onMade={shown} />}
      {doing?.what === 'rotate' && <RotateDialog token={doing.token} onLeave={leave} onMade={shown} />}
      {doing?.what === 'revoke' && <RevokeDialog token={doing.token} onLeave={leave} />}
      {doing?.what === 'secret' && <ShownOnce title={words.secretTitle} about={words.secretAbout} secret={doing.secret} onLeave={leave} />}
    </div>
  );
}

function TokenTable({ tokens, onDo }: { tokens: Token[]; onDo: (doing: Doing) => void }) {
  const { language } = useText();
  const words = useWords(administrationWords);
  const { nameOf } = useUnitChoices();
  const nowMs = useNowMs();
  if (tokens.length === 0) return <p className="page-note">{words.noTokens}</p>;
  return (
    <table className="table" data-testid="tokens">
      <thead>
        <tr>
          <th>{words.tokenName}</th>
          <th>{words.units}</th>
          <th>{words.cameras}</th>
          <th>{words.expires}</th>
          <th>{words.created}</th>
          <th>{words.lastUsed}</th>
          <th />
        </tr>
      </thead>
      <tbody>
        {tokens.map((token) => (
          <tr key={token.id} className={token.expiresAtMs <= nowMs ? 'row-over' : undefined} data-testid={`token-${token.name}`}>
            <td className="code">{token.name}</td>
            <td>{nameOf(token.unitId)}</td>
            <td>{token.cameraIds ? words.someCameras(token.cameraIds.length) : words.allCameras}</td>
            <td>{token.expiresAtMs <= nowMs ? words.expired : dateOf(token.expiresAtMs, language)}</td>
            <td>{words.createdBy(token.createdBy, dateOf(token.createdAtMs, language))}</td>
            <td>{token.lastUsedMs === null ? words.never : moment(token.lastUsedMs, nowMs, language)}</td>
            <td className="row-acts">
              <button type="button" className="button button-small" onClick={() => onDo({ what: 'rotate', token })}>
                {words.rotate}
              </button>
              <button type="button" className="button button-small" onClick={() => onDo({ what: 'revoke', token })}>
                {words.revokeToken}
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function CreateDialog({ onLeave, onMade }: { onLeave: () => void; onMade: (made: { secret: string }) => void }) {
  const words = useWords(administrationWords);
  const { options } = useUnitChoices();
  const send = useSend(
    (fields: FormData) => {
      const cameraIds = fields.getAll('cameraIds').map(String);
      const body = {
        name: textOf(fields, 'name'),
        unitId: textOf(fields, 'unitId'),
        expiresAtMs: startOfDay(textOf(fields, 'expiresAtMs')),
      };
      return answerOf(api.POST('/api/v1/tokens', { body: { ...body, ...(cameraIds.length > 0 ? { cameraIds } : {}) } }));
    },
    ['tokens'],
    onMade,
  );
  const { error } = send;
  return (
    <FormDialog
      {...{ title: words.addToken, submit: words.addToken, busy: send.isPending, error, onLeave }}
      onSubmit={(fields) => send.mutate(fields)}
    >
      <Entry name="name" label={words.tokenName} hint={words.tokenNameHint} error={error} code />
      <div className="field-pair">
        <Choice name="unitId" label={words.units} options={options} />
        <Entry name="expiresAtMs" label={words.expires} type="date" defaultValue={dayOf(Date.now() + 90 * DAY_MS)} error={error} />
      </div>
      <CamerasField />
    </FormDialog>
  );
}

function RotateDialog({ token, onLeave, onMade }: { token: Token; onLeave: () => void; onMade: (made: { secret: string }) => void }) {
  const words = useWords(administrationWords);
  const rotate = (hours: number) =>
    answerOf(
      api.POST('/api/v1/tokens/{tokenId}/rotate', {
        params: { path: { tokenId: token.id } },
        body: { overlapMs: Math.round(hours * 3_600_000) },
      }),
    );
  const send = useSend(rotate, ['tokens'], onMade);
  return (
    <FormDialog
      {...{ title: `${words.rotate}: ${token.name}`, about: words.rotateAbout, submit: words.rotate }}
      {...{ busy: send.isPending, error: send.error, onLeave }}
      onSubmit={(fields) => send.mutate(Number(textOf(fields, 'overlapMs')))}
    >
      <Entry name="overlapMs" label={words.overlapHours} type="number" min={0} max={168} defaultValue={24} error={send.error} />
    </FormDialog>
  );
}

function RevokeDialog({ token, onLeave }: { token: Token; onLeave: () => void }) {
  const words = useWords(administrationWords);
  const revoke = (reason: string) =>
    answerOf(api.DELETE('/api/v1/tokens/{tokenId}', { params: { path: { tokenId: token.id }, query: { reason } } }));
  const send = useSend(revoke, ['tokens'], onLeave);
  return (
    <FormDialog
      {...{ title: `${words.revokeToken}: ${token.name}`, about: words.revokeTokenAbout, submit: words.revokeToken, danger: true }}
      {...{ busy: send.isPending, error: send.error, onLeave }}
      onSubmit={(fields) => send.mutate(textOf(fields, 'reason'))}
    >
      <ReasonEntry error={send.error} />
    </FormDialog>
  );
}
