import { describe, expect, it } from 'vitest';
import { AlertBook } from './alert-book.js';
import { anAlert } from './test-alert.js';

const ids = (book: AlertBook) => book.all.map(({ id }) => id);

describe('AlertBook', () => {
  it('lists newest first, ties by id, and keeps the array while nothing changes', () => {
    const book = new AlertBook();
    book.applyAll([anAlert({ id: 'b', raisedAtMs: 5 }), anAlert({ id: 'c', raisedAtMs: 9 }), anAlert({ id: 'a', raisedAtMs: 5 })]);
    expect(ids(book)).toEqual(['c', 'a', 'b']);
    const before = book.all;
    expect(book.apply(anAlert({ id: 'a', raisedAtMs: 5 }))).toBe(false);
    expect(book.all).toBe(before);
  });

  it('does not list what is told with another alert, until it stands for itself again', () => {
    const book = new AlertBook();
    book.applyAll([anAlert({ id: 'a' }), anAlert({ id: 'b', mergedInto: 'a' })]);
    expect(ids(book)).toEqual(['a']);
    book.apply(anAlert({ id: 'b', eventId: 2 }));
    expect(ids(book)).toEqual(['a', 'b']);
  });

  it('ignores a change older than what it knows, whatever order they come in', () => {
    const book = new AlertBook();
    book.apply(anAlert({ id: 'a', eventId: 7, state: 'acknowledged' }));
    expect(book.apply(anAlert({ id: 'a', eventId: 5, state: 'new' }))).toBe(false);
    expect(book.get('a')?.state).toBe('acknowledged');
  });

  it('resumes after the newest change it has seen', () => {
    const book = new AlertBook();
    expect(book.lastEventId).toBe(0);
    book.applyAll([anAlert({ id: 'a', eventId: 12 }), anAlert({ id: 'b', eventId: 4 })]);
    expect(book.lastEventId).toBe(12);
    book.apply(anAlert({ id: 'b', eventId: 13, state: 'resolved' }));
    expect(book.lastEventId).toBe(13);
  });

  it('after a break, replayed and missed changes give the same as an unbroken stream', () => {
    const changes = [
      anAlert({ id: 'a', eventId: 1 }),
      anAlert({ id: 'b', eventId: 2, raisedAtMs: 1 }),
      anAlert({ id: 'a', eventId: 3, state: 'acknowledged' }),
      anAlert({ id: 'c', eventId: 4, raisedAtMs: 2 }),
    ];
    const unbroken = new AlertBook();
    unbroken.applyAll(changes);
    const broken = new AlertBook();
    broken.applyAll(changes.slice(0, 2));
    broken.applyAll(changes.slice(1));
    expect(broken.all).toEqual(unbroken.all);
    expect(broken.lastEventId).toBe(4);
  });

  it('an answer to a decision does not skip changes still on their way', () => {
    const book = new AlertBook();
    book.apply(anAlert({ id: 'a', eventId: 5 }));
    expect(book.take(anAlert({ id: 'a', eventId: 9, state: 'acknowledged' }))).toBe(true);
    expect(book.lastEventId).toBe(5);
    expect(book.apply(anAlert({ id: 'b', eventId: 8 }))).toBe(true);
  });

  it('forgets the oldest closed alerts and never an open one', () => {
    const book = new AlertBook();
    book.apply(anAlert({ id: 'open-and-oldest', eventId: 1, raisedAtMs: 0 }));
    for (let i = 1; i <= 400; i++) book.apply(anAlert({ id: `closed-${i}`, eventId: i + 1, raisedAtMs: i, state: 'resolved' }));
    expect(book.all.length).toBe(301);
    expect(book.get('open-and-oldest')).toBeDefined();
    expect(book.get('closed-1')).toBeUndefined();
    expect(book.get('closed-400')).toBeDefined();
  });
});
