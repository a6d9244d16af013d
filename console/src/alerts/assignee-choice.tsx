import { useQuery } from '@tanstack/react-query';
import { answerOf, api } from '../api/client.js';
import type { Alert } from '../api/types.js';
import { useMay } from '../session/abilities.js';
import { useSession } from '../session/session.js';
import { useWords } from '../text/words.js';
import { isOpen } from './alert-book.js';
import { useAlertDesk } from './alert-desk.js';
import { lifeWords } from './life-words.js';
import { mayGive } from './next-step.js';

/** Who has the alert in hand, and, for those who may, the people to whom it can be given. */
export function AssigneeChoice({ alert }: { alert: Alert }) {
  const words = useWords(lifeWords);
  const may = useMay();
  const desk = useAlertDesk();
  const { username } = useSession().session.user;
  const gives = may('alerts:decide') && isOpen(alert.state) && mayGive(alert, username, may('alerts:assign'));
  const { data } = useQuery({
    queryKey: ['assignees', alert.id],
    queryFn: () => answerOf(api.GET('/api/v1/alerts/{alertId}/assignees', { params: { path: { alertId: alert.id } } })),
    enabled: gives,
  });
  if (!gives) return <span>{alert.assignee ?? words.nobody}</span>;
  const people = data?.people ?? [];
  const known = alert.assignee === null || people.some((person) => person.username === alert.assignee);
  return (
    <select
      aria-label={words.inHand}
      data-testid="assignee"
      value={alert.assignee ?? ''}
      onChange={(event) => desk.assign(alert.id, event.target.value || null)}
    >
      <option value="">{words.nobody}</option>
      {!known && <option value={alert.assignee ?? ''}>{alert.assignee}</option>}
      {people.map((person) => (
        <option key={person.username} value={person.username}>
          {person.displayName}
          {person.username === username ? ` (${words.mine})` : ''}
        </option>
      ))}
    </select>
  );
}
