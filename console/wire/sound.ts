import { ref } from 'vue';
import type { Ref } from 'vue';

/**
 * Alarm tones by WebAudio: no file to fetch, so nothing to fail when the network does. A browser lets a page sound
 * only after a click or key; until then `blocked` is true and the page says so.
 */
export interface Sound {
  blocked: Ref<boolean>;
  /** Another window of this browser has taken on the ringing. */
  elsewhere: Ref<boolean>;
  /** From within a click or key press. */
  unlock: () => void;
  /** Two tones repeated, at that gain (0–1); 0 ends it. */
  ring: (gain: number) => void;
  /** One tone: priority 2. */
  chime: () => void;
  test: () => void;
}

const HIGH_HZ = 988;
const LOW_HZ = 740;
const REPEAT_MS = 1600;

export function createSound(): Sound {
  const blocked = ref(true);
  const elsewhere = ref(false);
  let context: AudioContext | undefined;
  let gain = 0;
  let timer = 0;
  let mine = false;

  const watchState = (): void => void (blocked.value = context?.state !== 'running');
  const unlock = (): void => {
    if (!context) {
      context = new AudioContext();
      context.addEventListener('statechange', watchState);
      claim();
    }
    void context.resume().then(watchState, watchState);
  };
  // Of several windows only one rings; two, half a beat apart, are noise. Only a window that may sound competes.
  const claim = (): void => {
    if (!('locks' in navigator)) {
      mine = true;
      return;
    }
    elsewhere.value = true;
    void navigator.locks.request('yinling-siren', () => {
      mine = true;
      elsewhere.value = false;
      return new Promise<void>(() => undefined);
    });
  };
  const tone = (hz: number, atS: number, lengthS: number, level: number): void => {
    if (!context) return;
    const oscillator = context.createOscillator();
    const envelope = context.createGain();
    oscillator.type = 'triangle';
    oscillator.frequency.value = hz;
    const start = context.currentTime + atS;
    // Ramps, since a tone cut hard clicks.
    envelope.gain.setValueAtTime(0, start);
    envelope.gain.linearRampToValueAtTime(level, start + 0.02);
    envelope.gain.setValueAtTime(level, start + lengthS - 0.06);
    envelope.gain.linearRampToValueAtTime(0, start + lengthS);
    oscillator.connect(envelope).connect(context.destination);
    oscillator.start(start);
    oscillator.stop(start + lengthS + 0.02);
  };
  const twoTones = (level: number): void => {
    tone(HIGH_HZ, 0, 0.35, level);
    tone(LOW_HZ, 0.4, 0.45, level);
  };
  const beat = (): void => {
    if (mine) twoTones(gain);
  };
  return {
    blocked,
    elsewhere,
    unlock,
    ring(next) {
      gain = next;
      if (next > 0 && timer === 0) {
        beat();
        timer = window.setInterval(beat, REPEAT_MS);
      } else if (next === 0 && timer !== 0) {
        window.clearInterval(timer);
        timer = 0;
      }
    },
    chime() {
      if (mine) tone(LOW_HZ, 0, 0.6, 0.35);
    },
    test() {
      unlock();
      twoTones(0.4);
    },
  };
}
