import { type ReactNode, useEffect, useRef } from 'react';

/** A modal dialog; Esc and a click beside it leave it. */
export function Dialog(props: { label: string; className?: string; onLeave: () => void; children: ReactNode }) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Esc, handled by the element itself, does what the click does
    <dialog
      ref={element}
      className={props.className ?? 'dialog'}
      aria-label={props.label}
      onCancel={(event) => {
        event.preventDefault();
        props.onLeave();
      }}
      onClick={(event) => {
        if (event.target === element.current) props.onLeave();
      }}
    >
      {props.children}
    </dialog>
  );
}
