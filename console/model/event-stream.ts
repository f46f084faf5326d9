import type { StreamMessage } from './live-state.ts';

/**
 * Server-sent events, parsed from text chunks (WHATWG HTML, *9.2.6 Interpreting an event stream*). A hand-written
 * reader instead of `EventSource`, because we need the header `Last-Event-ID` on the first connection, the status
 * of a refusal, and the comments that prove a quiet line to be alive.
 */
export interface ParserState {
  rest: string;
  id: string | null;
  event: string;
  data: string[];
}
export const FRESH: ParserState = { rest: '', id: null, event: '', data: [] };

export function parseChunk(
  state: ParserState,
  chunk: string,
): { state: ParserState; messages: StreamMessage[] } {
  const text = state.rest + chunk;
  const messages: StreamMessage[] = [];
  let { id, event } = state;
  let data = state.data;
  let from = 0;
  for (;;) {
    const end = text.indexOf('\n', from);
    if (end < 0) break;
    const line =
      text.charCodeAt(end - 1) === 13 && end > from ? text.slice(from, end - 1) : text.slice(from, end);
    from = end + 1;
    if (line === '') {
      if (data.length > 0 || event !== '')
        messages.push({ id, event: event || 'message', data: jsonOf(data.join('\n')) });
      event = '';
      data = [];
    } else if (line.startsWith(':')) {
      continue;
    } else {
      const colon = line.indexOf(':');
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? '' : line.slice(line.charAt(colon + 1) === ' ' ? colon + 2 : colon + 1);
      if (field === 'data') data = [...data, value];
      else if (field === 'event') event = value;
      else if (field === 'id' && !value.includes('\0')) id = value;
    }
  }
  return { state: { rest: text.slice(from), id, event, data }, messages };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
