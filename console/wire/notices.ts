import { shallowReactive } from 'vue';

/** Short messages at the foot of the screen, read out politely; one may offer to undo what it tells of. */
export interface Notice {
  id: number;
  tone: 'done' | 'refused' | 'info';
  title: string;
  text: string;
  action: { label: string; run: () => void } | undefined;
}
export interface Notices {
  list: Notice[];
  say: (notice: Pick<Notice, 'tone' | 'title'> & Partial<Notice>) => void;
  dismiss: (id: number) => void;
}

const DONE_MS = 4000;
const UNDO_MS = 10_000;
const REFUSED_MS = 12_000;

export function createNotices(): Notices {
  const list = shallowReactive<Notice[]>([]);
  let last = 0;
  const dismiss = (id: number): void => {
    const at = list.findIndex((n) => n.id === id);
    if (at >= 0) list.splice(at, 1);
  };
  return {
    list,
    dismiss,
    say({ tone, title, text = '', action }) {
      last += 1;
      const id = last;
      list.push({ id, tone, title, text, action });
      if (list.length > 4) list.shift();
      window.setTimeout(() => dismiss(id), tone === 'refused' ? REFUSED_MS : action ? UNDO_MS : DONE_MS);
    },
  };
}
