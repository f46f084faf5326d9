/** One event of a `text/event-stream`. */
export interface StreamedEvent {
  id: string | undefined;
  event: string;
  data: string;
}

/**
 * Parses server-sent events from chunks of text as they come, cut anywhere; comments are dropped. Pure but for the rest of a
 * line that it keeps. (WHATWG HTML, 9.2.6)
 */
export function eventParser(onEvent: (event: StreamedEvent) => void): (chunk: string) => void {
  let rest = '';
  let id: string | undefined;
  let event = '';
  let data: string[] = [];
  const line = (text: string): void => {
    if (text === '') {
      if (data.length > 0) onEvent({ id, event: event === '' ? 'message' : event, data: data.join('\n') });
      event = '';
      data = [];
      return;
    }
    const colon = text.indexOf(':');
    if (colon === 0) return;
    const field = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? '' : text.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') data.push(value);
    else if (field === 'event') event = value;
    else if (field === 'id') id = value;
  };
  return (chunk) => {
    const lines = (rest + chunk).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    for (const text of lines) line(text);
  };
}
